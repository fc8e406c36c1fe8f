import { isLock, lockFile, mergeLock } from '../../delivery/locks';
import { released, unreleased } from './workbench';

const hold = (reason: string): string => `hold:\n  reason: ${reason}\n  by: ada\n  since: 2025-01-31T09:30:00Z\n`;
const [r1, r2, r3] = [released('v1'), released('v2'), released('v3')] as const;

describe('mergeLock', () => {
  const merged = (base: string | undefined, platform: string | undefined, local: string | undefined): string => {
    const result = mergeLock({ base, platform, local });
    return typeof result === 'string' ? result : result.content;
  };

  test.each([
    // base, platform, local, expected
    ['both unchanged', r1, r1, r1, r1],
    ['only the platform changed', r1, r2, r1, r2],
    ['only the local commit changed', r1, r1, r2, r2],
    ['both changed alike', r1, r2, r2, r2],
    ['both chose a release', r1, r2, r3, 'conflict'],
    ['the platform recorded, the local one is untouched', unreleased, r1, unreleased, r1],
    ['the platform recorded, the local one chose', unreleased, r1, r2, r2],
    ['the platform moved on, the local one says unreleased', r1, r2, unreleased, r2],
    ['the local one asks for a new first release', r1, r1, unreleased, unreleased],
    ['both added: the platform knows a release', undefined, r1, unreleased, r1],
    ['both added: two releases', undefined, r1, r2, 'conflict'],
    ['the local one was deleted', r1, r2, undefined, 'deleted'],
    ['the platform deleted, the local one is untouched', r1, undefined, r1, 'deleted'],
    ['the platform deleted, the local one changed', r1, undefined, r2, 'conflict'],
    ['no lock at all', r1, r2, 'nonsense: [', 'conflict'],
  ])('%s', (_title, base, platform, local, expected) => {
    expect(merged(base, platform, local)).toBe(expected);
  });

  test.each([
    ['the platform holds, the local one bumps', r1, `${r1}${hold('x')}`, r2, `${r2}${hold('x')}`],
    ['the local one holds, the platform bumped', r1, r2, `${r1}${hold('x')}`, `${r2}${hold('x')}`],
    ['the local one lifts the hold', `${r1}${hold('x')}`, `${r2}${hold('x')}`, r1, r2],
    ['both hold for other reasons', r1, `${r1}${hold('x')}`, `${r1}${hold('y')}`, 'conflict'],
  ])('hold: %s', (_title, base, platform, local, expected) => {
    expect(merged(base, platform, local)).toBe(expected);
  });
});

test.each([
  ['apps/service-a/releases/developer.yaml', true],
  ['apps/service-a/releases/developer.yml', false],
  ['apps/service-a/releases/nested/developer.yaml', false],
  ['dist/apps/service-a/releases/developer.yaml', false],
])('%s is a lock: %s', (file, expected) => {
  expect(isLock(file)).toBe(expected);
  expect(lockFile(file) !== undefined).toBe(expected);
});
