import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../core/errors';
import { withLock } from '../../core/lock';
import { checkDist, replaceDist } from '../../manifests/dist';
import { readTree, type Tree } from '../../manifests/tree';

const project = path.resolve(__dirname, '../..');
const script = path.join(__dirname, 'fixtures/replace-dist.ts');
let root: string;

// processes of their own, on machines that may be busy
jest.setTimeout(60_000);

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'slipway-dist-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const dist = (...names: string[]): string => path.join(root, 'dist', ...names);
const tree = (files: Record<string, string>): Tree => new Map(Object.entries(files));
const base = {
  'argocd/AppProject.default.yaml': 'a\n',
  'developer/shop/Service.shop.yaml': 'b\n',
  'production/shop/Service.shop.yaml': 'c\n',
};

/** What a write would change, and with `touched` also what a link or a change of mode would. */
function stamps(touched = false): Record<string, string> {
  return Object.fromEntries(
    [...readTree(dist()).keys(), ''].map((file) => {
      const { ino, mtimeMs, ctimeMs, size } = statSync(dist(file));
      return [file, `${ino} ${size} ${mtimeMs} ${touched ? ctimeMs : ''}`];
    }),
  );
}

async function failure(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return describeError(error);
  }
  throw new Error('did not fail');
}

describe('writing', () => {
  test('makes dist the rendered files and nothing else', async () => {
    expect(await replaceDist(root, tree(base))).toEqual({
      written: Object.keys(base).sort(),
      removed: [],
      unchanged: 0,
    });
    mkdirSync(dist('developer/gone'));
    writeFileSync(dist('developer/gone/Service.gone.yaml'), 'stale\n');
    symlinkSync('/etc/hostname', dist('developer/shop/link.yaml'));
    expect(await replaceDist(root, tree({ ...base, 'developer/shop/Service.shop.yaml': 'new\n' }))).toEqual({
      written: ['developer/shop/Service.shop.yaml'],
      removed: ['developer/gone/Service.gone.yaml', 'developer/shop/link.yaml'],
      unchanged: 2,
    });
    expect(Object.fromEntries(readTree(dist()))).toEqual({ ...base, 'developer/shop/Service.shop.yaml': 'new\n' });
    expect(existsSync(dist('developer/gone'))).toBe(false);
  });

  test('touches nothing where nothing differs', async () => {
    await replaceDist(root, tree(base));
    const before = stamps(true);
    expect(await replaceDist(root, tree(base))).toEqual({ written: [], removed: [], unchanged: 3 });
    expect(stamps(true)).toEqual(before);
  });

  test('leaves the times of unchanged files alone when others change', async () => {
    await replaceDist(root, tree(base));
    const { mtimeMs, ino } = statSync(dist('developer/shop/Service.shop.yaml'));
    await replaceDist(root, tree({ ...base, 'argocd/AppProject.default.yaml': 'new\n' }));
    const after = statSync(dist('developer/shop/Service.shop.yaml'));
    expect([after.mtimeMs, after.ino, after.nlink]).toEqual([mtimeMs, ino, 1]);
  });

  test('leaves nothing beside dist but its own state', async () => {
    await replaceDist(root, tree(base));
    await replaceDist(root, tree({ ...base, 'argocd/AppProject.default.yaml': 'new\n' }));
    expect(readdirSync(root).sort()).toEqual(['.slipway', 'dist']);
    expect(readdirSync(path.join(root, '.slipway'))).toEqual([]);
    expect(statSync(path.join(root, '.slipway')).mode & 0o777).toBe(0o700);
  });

  test('two at the same time: both end well and dist is one of the two', async () => {
    const both = [start('left', 400), start('right', 400)];
    expect(await Promise.all(both.map(exitCode))).toEqual([0, 0]);
    const contents = new Set(readTree(dist()).values());
    expect(contents.size).toBe(1);
    expect(readTree(dist()).size).toBe(400);
  });
});

test('a run that has to wait says for whom, and then does its work', async () => {
  let waited: number | undefined;
  let waiting: Promise<unknown> | undefined;
  await withLock(path.join(root, '.slipway/synth.lock'), { purpose: 'a test' }, async () => {
    waiting = replaceDist(root, tree(base), ({ pid }) => (waited = pid));
    while (waited === undefined) await sleep(5);
    expect(existsSync(dist())).toBe(false);
  });
  await waiting;
  expect(waited).toBe(process.pid);
  expect(Object.fromEntries(readTree(dist()))).toEqual(base);
});

describe('refusals', () => {
  test('an empty render is not written', async () => {
    await replaceDist(root, tree(base));
    const before = stamps();
    expect(await failure(() => replaceDist(root, tree({})))).toContain(
      'this would remove every service of developer and production; dist is left as it was',
    );
    expect(stamps()).toEqual(before);
    rmSync(dist(), { recursive: true });
    expect(await failure(() => replaceDist(root, tree({})))).toContain('nothing was rendered');
    expect(existsSync(dist())).toBe(false);
  });

  test('an environment is not emptied unless its folder was removed on purpose', async () => {
    await replaceDist(root, tree(base));
    const emptied = {
      'argocd/AppProject.default.yaml': 'a\n',
      'developer/shop/Service.shop.yaml': 'b\n',
      'production/platform/Namespace.production.yaml': 'd\n',
    };
    expect(await failure(() => replaceDist(root, tree(emptied)))).toBe(
      [
        'this would remove every service of production; dist is left as it was',
        'repair: if that is meant, remove dist/production yourself and render again',
      ].join('\n'),
    );
    rmSync(dist('production'), { recursive: true });
    await replaceDist(root, tree(emptied));
    expect(Object.fromEntries(readTree(dist()))).toEqual(emptied);
  });
});

describe('checking', () => {
  test('says what differs and writes nothing, no lock and no state either', async () => {
    mkdirSync(dist('developer/shop'), { recursive: true });
    writeFileSync(dist('developer/shop/Service.shop.yaml'), 'edited by hand\n');
    writeFileSync(dist('developer/shop/stale.yaml'), 'x\n');
    const before = stamps();
    expect(await failure(() => checkDist(root, tree(base)))).toBe(
      [
        'dist is not what the catalog renders: 4 files differ',
        '  differs: dist/developer/shop/Service.shop.yaml',
        '  missing: dist/argocd/AppProject.default.yaml',
        '  missing: dist/production/shop/Service.shop.yaml',
        '  stale: dist/developer/shop/stale.yaml',
        'repair: run `npm run synth` and commit dist',
      ].join('\n'),
    );
    expect(stamps()).toEqual(before);
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('names the first twenty of many', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`developer/s/${index}.yaml`, 'x\n']));
    const text = await failure(() => checkDist(root, tree(many)));
    expect(text).toContain('30 files differ');
    expect(text).toContain('and 10 more');
    expect(text.split('\n')).toHaveLength(23);
  });

  test('is content with what was written', async () => {
    await replaceDist(root, tree(base));
    expect(checkDist(root, tree(base))).toEqual({ written: [], removed: [], unchanged: 3 });
  });
});

function start(content: string, services: number, prefix = ''): ChildProcess {
  // through a shell only where the process needs limits that Node cannot set
  const command = `${prefix} exec "$0" --require tsx/cjs "$@"`;
  return spawn('bash', ['-c', command, process.execPath, script, root, content, String(services)], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('killed or failing on the way', () => {
  const services = 1500;
  const whole = (content: string): Set<string> => new Set([`${services} files: content: ${content}\n`]);
  const state = (): Set<string> => {
    const files = readTree(dist());
    return new Set([...new Set(files.values())].map((content) => `${files.size} files: ${content}`));
  };
  const staging = (): string => path.join(root, '.slipway/staging/developer');

  test.each([1, 500, 1200])(
    'kill -9 after %i of 1,500 files leaves dist as it was; the next run finishes',
    async (count) => {
      expect(await exitCode(start('old', services))).toBe(0);
      const before = stamps();
      const child = start('new', services);
      const ended = once(child, 'exit');
      while (!existsSync(path.join(staging(), `service-${count}`)) && child.exitCode === null) await sleep(1);
      child.kill('SIGKILL');
      await ended;
      // quick enough to be in the middle; a run that had finished would prove nothing
      expect(child.signalCode).toBe('SIGKILL');
      expect(existsSync(staging())).toBe(true);
      expect(stamps()).toEqual(before);
      expect(await exitCode(start('new', services))).toBe(0);
      expect(state()).toEqual(whole('new'));
      expect(readdirSync(path.join(root, '.slipway'))).toEqual([]);
    },
    60_000,
  );

  test('a kill between the two renames is mended by the next run', async () => {
    await replaceDist(root, tree(base));
    renameSync(dist(), dist('../dist.old'));
    await replaceDist(root, tree(base));
    expect(Object.fromEntries(readTree(dist()))).toEqual(base);
    expect(readdirSync(root).sort()).toEqual(['.slipway', 'dist']);
  });

  test('a file that cannot be written leaves dist as it was', async () => {
    expect(await exitCode(start('old', 50))).toBe(0);
    const before = stamps();
    const child = start('x'.repeat(20_000), 50, 'trap "" XFSZ; ulimit -f 4;');
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => (text += chunk.toString()));
    expect(await exitCode(child)).toBe(1);
    expect(text).toContain('EFBIG');
    expect(stamps()).toEqual(before);
    expect(readdirSync(path.join(root, '.slipway'))).toEqual([]);
  });

  const mountable = ((): boolean => {
    if (process.getuid?.() !== 0) return false;
    const probe = mkdtempSync(path.join(os.tmpdir(), 'slipway-mount-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe]).status === 0;
    if (mounted) spawnSync('umount', [probe]);
    rmSync(probe, { recursive: true });
    return mounted;
  })();

  (mountable ? test : test.skip)('a full disk leaves dist as it was and says so', async () => {
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root]).status).toBe(0);
    try {
      await replaceDist(root, tree(base));
      const before = stamps();
      const big = Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [`developer/shop/${index}.yaml`, 'x'.repeat(50_000)]),
      );
      expect(await failure(() => replaceDist(root, tree({ ...base, ...big })))).toBe(
        'dist cannot be written: the disk is full; dist is left as it was',
      );
      expect(stamps()).toEqual(before);
      await replaceDist(root, tree({ ...base, 'developer/shop/more.yaml': 'fits\n' }));
      expect(readTree(dist()).size).toBe(4);
    } finally {
      spawnSync('umount', [root]);
    }
  });
});
