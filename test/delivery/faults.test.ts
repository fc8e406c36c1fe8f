import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { bump } from '../../delivery/bump';
import type { LockCommand } from '../../delivery/change-locks';
import { bumper } from './bumpers';
import { GitServer } from './git-server';
import { LockBench } from './lock-bench';
import { git } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(120_000);

const environment = 'developer';
let bench: LockBench;
beforeEach(async () => void (bench = await LockBench.create()));
afterEach(() => bench.remove());

/** Nothing of a failed bump is anywhere, and the repositories are whole. */
function expectUnharmed(head: string, snapshot: string): void {
  expect(bench.head()).toBe(head);
  expect(bench.snapshot()).toBe(snapshot);
  git(bench.bare, 'fsck', '--no-dangling');
  git(bench.root, 'fsck', '--no-dangling');
}

describe('a bump that is killed', () => {
  test('at any moment leaves the platform as it was or as it should be, and works when run again', async () => {
    for (let round = 0; round < 6; round += 1) {
      const image = await bench.sourceCommit(`round ${round}`);
      const before = bench.head();
      const snapshot = bench.snapshot();
      const killed = await bumper({
        root: bench.root,
        url: bench.remote.url,
        images: [image],
        tell: true,
        // the first after it has begun to render, the others whenever
        watch: (child, said) => {
          if (round === 0 ? /renders/.test(said) : said === '') {
            void sleep(round === 0 ? 0 : 300 + Math.random() * 900).then(() => child.kill('SIGKILL'));
          }
        },
      });
      if (round === 0) expect(killed.exitCode).toBeNull();
      expect(bench.snapshot()).toBe(snapshot);
      expect([before, git(bench.bare, 'rev-parse', 'main~1')]).toContain(before);
      git(bench.bare, 'fsck', '--no-dangling');
      const again = await bump({ ...bench.command, environment, images: [image] });
      expect(['landed', 'current']).toContain(again.services[0]!.state);
      expect(git(bench.bare, 'rev-parse', 'main~1')).toBe(before);
      expect(bench.release().source).toBe(image.source);
      expect(bench.leftovers().filter((name) => name === 'scratch')).toEqual([]);
    }
  });
});

describe('a forge', () => {
  let server: GitServer;
  let command: LockCommand;

  beforeEach(async () => {
    git(bench.bare, 'config', 'http.receivepack', 'true');
    server = new GitServer(bench.folder, 'ada', 'password');
    const port = await server.start();
    command = {
      ...bench.command,
      remote: {
        url: `http://git.offerfit.local:${port}/platform.git`,
        branch: 'main',
        resolve: `git.offerfit.local:${port}:127.0.0.1`,
        credentials: { username: 'ada', password: 'password' },
      },
      patienceMs: 400,
    };
    process.env['GIT_HTTP_LOW_SPEED_TIME'] = '1';
  });
  afterEach(async () => {
    delete process.env['GIT_HTTP_LOW_SPEED_TIME'];
    await server.stop();
  });

  test.each([[500], [503], ['hang']] as const)(
    'that answers %s is told, and a bump works when it is back',
    async (fault) => {
      const image = await bench.sourceCommit('one');
      const head = bench.head();
      const snapshot = bench.snapshot();
      server.fault = fault;
      const error = await bump({ ...command, environment, images: [image] }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain('does not answer');
      expectUnharmed(head, snapshot);
      server.fault = undefined;
      expect((await bump({ ...command, environment, images: [image] })).services[0]!.state).toBe('landed');
    },
  );

  test('that fails for a moment is asked again, at the fetch as at the push', async () => {
    const image = await bench.sourceCommit('one');
    const reasons: string[] = [];
    // the first look, then the push itself
    server.faults.push(502, undefined, undefined, undefined, 502);
    const result = await bump({
      ...command,
      patienceMs: 20_000,
      environment,
      images: [image],
      onRetry: (_attempt, reason) => reasons.push(reason),
    });
    expect(result.services[0]!.state).toBe('landed');
    expect(reasons.length).toBeGreaterThan(0);
    expect(new Set(reasons)).toEqual(new Set(['the repository did not answer']));
  });

  test('whose answer to a push is lost has what was pushed, once', async () => {
    const image = await bench.sourceCommit('one');
    const before = bench.head();
    let pushes = 0;
    const spy = jest.spyOn(server.requests, 'push').mockImplementation((request) => {
      // the second request to receive-pack is the push itself; the first only lists references
      if (/git-receive-pack$/.test(request.url) && !request.url.includes('?') && request.authorized && pushes++ === 0) {
        server.faults.unshift('cut off');
      }
      return 0;
    });
    const result = await bump({ ...command, patienceMs: 20_000, environment, images: [image] });
    spy.mockRestore();
    expect(result).toMatchObject({ pushed: true, services: [{ state: 'landed' }], commit: bench.head() });
    expect(result.attempts).toBeGreaterThan(1);
    expect(git(bench.bare, 'rev-parse', 'main~1')).toBe(before);
  });
});

/** A file system of a few MiB; undefined where this user may not mount one. */
function smallDisk(folder: string): string | undefined {
  const disk = path.join(folder, 'disk');
  mkdirSync(disk);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  return status === 0 ? disk : undefined;
}

test('a full disk is told, nothing is pushed, and it works when there is room again', async () => {
  const disk = smallDisk(bench.folder);
  if (disk === undefined) {
    process.stderr.write('skipped: a file system of its own cannot be mounted here\n');
    return;
  }
  try {
    const image = await bench.sourceCommit('one');
    const root = path.join(disk, 'project');
    git(disk, 'clone', '--quiet', '--shared', bench.bare, root);
    const head = bench.head();
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${disk}/ballast bs=1k count=900 2>/dev/null || true`]);
    const fill = spawnSync('dd', ['if=/dev/zero', `of=${disk}/more`, 'bs=1k'], { encoding: 'utf8' });
    expect(fill.stderr).toContain('No space left');
    const error = await bump({ ...bench.command, root, environment, images: [image] }).catch(
      (caught: unknown) => caught,
    );
    expect(String((error as Error).message) + String((error as UserError).details)).toMatch(
      /No space left|ENOSPC|disk is full/,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(bench.head()).toBe(head);
    execFileSync('rm', [path.join(disk, 'ballast'), path.join(disk, 'more')]);
    expect(git(root, 'status', '--porcelain', '--untracked-files=no')).toBe('');
    expect((await bump({ ...bench.command, root, environment, images: [image] })).services[0]!.state).toBe('landed');
    expect(existsSync(path.join(root, '.slipway')) ? readdirSync(path.join(root, '.slipway')) : []).toEqual([]);
  } finally {
    spawnSync('umount', [disk]);
  }
});
