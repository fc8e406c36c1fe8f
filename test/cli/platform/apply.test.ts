import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import { apply } from '../../../cli/platform/apply';
import { stateFiles, type Project } from '../../../cli/platform/project';
import { recover, withoutInside } from '../../../cli/platform/stack-recovery';
import { hostTools } from '../../../cli/platform/tools';
import { UserError } from '../../../core/errors';
import type { Progress } from '../../../core/progress';
import type { Supply, SupplyPlan } from '../../../infra/supply';
import { fakeProgram } from '../cli';

jest.setTimeout(30_000);

let root: string;
let project: Project;
let log: string[];
const progress: Progress = {
  say: (line) => void log.push(line),
  step: async (title, work) => {
    log.push(title);
    return work({ detail: () => undefined, advance: () => undefined, say: (line) => void log.push(line) });
  },
};

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'apply-'));
  log = [];
  writeFileSync(path.join(root, 'Pulumi.yaml'), 'name: slipway\nruntime: nodejs\n');
  project = { ...stateFiles(root), catalog: { platform: { forge: { type: 'local' } } } } as Project;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A lock of the engine, as its file backend writes it. */
function lock(pid: number): void {
  const folder = path.join(project.state, 'state/.pulumi/locks/organization/slipway/local');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'one.json'), JSON.stringify({ pid, username: 'root', hostname: 'here' }));
}

describe('recover', () => {
  function stack(pending: readonly object[] = []) {
    const calls: string[] = [];
    const fake = {
      cancel: async () => void calls.push('cancel'),
      exportStack: async () => ({ version: 3, deployment: { pending_operations: pending } }),
      refresh: async (options: object) => void calls.push(`refresh ${JSON.stringify(options)}`),
    } as unknown as Stack;
    return { fake, calls };
  }
  const signal = new AbortController().signal;

  test('does nothing where nothing was interrupted', async () => {
    const { fake, calls } = stack();
    await recover(fake, project, progress, signal);
    expect({ calls, log }).toEqual({ calls: [], log: [] });
  });

  test('takes over the lock of an engine that is gone', async () => {
    lock(2 ** 22 + 1);
    const { fake, calls } = stack();
    await recover(fake, project, progress, signal);
    expect(calls).toEqual(['cancel']);
    expect(log).toEqual(['an earlier run was interrupted; taking over its lock']);
  });

  test('waits for an engine that outlived the command that started it', async () => {
    const pulumi = path.join(root, 'pulumi');
    copyFileSync('/bin/sleep', pulumi);
    const engine = spawn(pulumi, ['1'], { stdio: 'ignore' });
    lock(engine.pid!);
    const { fake } = stack();
    let ended = false;
    engine.on('exit', () => (ended = true));
    await recover(fake, project, progress, signal);
    expect(ended).toBe(true);
    expect(log[0]).toBe(`wait for an earlier run that still works (process ${engine.pid})`);
  });

  test('does not wait for a program that was given the number of an engine that is gone', async () => {
    lock(process.pid);
    const { fake, calls } = stack();
    await recover(fake, project, progress, signal);
    expect(calls).toEqual(['cancel']);
  });

  test('settles what was begun and not recorded', async () => {
    const { fake, calls } = stack([{ type: 'creating' }]);
    await recover(fake, project, progress, signal);
    expect(calls).toEqual([expect.stringContaining('"clearPendingCreates":true')]);
    expect(log).toEqual(['settle what an earlier run had begun (1)']);
  });
});

test('what goes with the cluster is dropped from a state that is to be destroyed, and nothing points to it any more', () => {
  const cluster = 'urn:cluster';
  const state = withoutInside({
    pending_operations: [{ type: 'creating' }],
    resources: [
      { urn: 'urn:stack', type: 'pulumi:pulumi:Stack' },
      { urn: cluster, type: 'slipway:index:KubernetesCluster', parent: 'urn:stack' },
      { urn: 'urn:argo', type: 'slipway:component:ArgoCd', deletedWith: cluster },
      { urn: 'urn:server', type: 'kubernetes:apps/v1:Deployment', deletedWith: cluster, parent: 'urn:argo' },
      { urn: 'urn:corefile', type: 'kubernetes:core/v1:ConfigMap' },
      {
        urn: 'urn:images',
        type: 'slipway:index:ServiceImages',
        parent: 'urn:argo',
        dependencies: [cluster, 'urn:server'],
        propertyDependencies: { a: ['urn:server'], b: null },
      },
    ],
  });
  expect(state).toEqual({
    pending_operations: [],
    resources: [
      { urn: 'urn:stack', type: 'pulumi:pulumi:Stack' },
      { urn: cluster, type: 'slipway:index:KubernetesCluster', parent: 'urn:stack' },
      {
        urn: 'urn:images',
        type: 'slipway:index:ServiceImages',
        parent: 'urn:stack',
        dependencies: [cluster],
        propertyDependencies: { a: [], b: [] },
      },
    ],
  });
});

test('of a cluster that somebody else keeps nothing is dropped: what was put into it has to be taken out', () => {
  const resources = [
    { urn: 'urn:stack', type: 'pulumi:pulumi:Stack' },
    {
      urn: 'urn:cluster',
      type: 'slipway:index:KubernetesCluster',
      inputs: { cluster: { driver: 'existing' } },
    },
    { urn: 'urn:provider', type: 'pulumi:providers:kubernetes', deletedWith: 'urn:cluster' },
    { urn: 'urn:server', type: 'kubernetes:apps/v1:Deployment' },
  ];
  expect(withoutInside({ pending_operations: [{ type: 'creating' }], resources })).toEqual({
    pending_operations: [],
    resources,
  });
});

/** An engine that says what the real one says, and does what `up` tells. */
function fakeEngine(up: string): void {
  fakeProgram(
    path.join(root, 'tools'),
    'pulumi',
    [
      `echo "$*" >>'${root}/engine.log'`,
      'case "$1 $2" in',
      '  "version "*) echo v3.248.0 ;;',
      '  "stack export"*) echo "{\\"version\\":3,\\"deployment\\":{}}" ;;',
      '  "stack history"*) echo "[{\\"kind\\":\\"update\\",\\"result\\":\\"succeeded\\",\\"startTime\\":\\"2025-01-01T00:00:00.000Z\\",\\"endTime\\":\\"2025-01-01T00:00:00.000Z\\",\\"message\\":\\"\\",\\"environment\\":{},\\"config\\":{},\\"version\\":1}]" ;;',
      '  "stack output"*) echo "{}" ;;',
      '  up*)',
      up,
      '    ;;',
      'esac',
    ].join('\n'),
  );
}

function supply(prepare: Supply['prepare'] = async () => undefined): Supply {
  return {
    prepare,
    tool: async (name: string) => path.join(root, 'tools', name),
  } as unknown as Supply;
}

const plan = { items: [], mode: 'build', substitutions: [] } as unknown as SupplyPlan;
const run = (source: Supply, stop = new AbortController()) =>
  apply(project, source, plan, { root, progress, signal: stop.signal, out: () => undefined }, { stop });

describe('apply', () => {
  test('starts the engine while the supply still works, and links the tools in the end', async () => {
    fakeEngine('    echo running');
    let prepared = false;
    const slow = supply(async () => {
      // the engine is asked before this ends
      for (
        const until = Date.now() + 15_000;
        Date.now() < until;
        await new Promise((resolve) => setTimeout(resolve, 20))
      ) {
        if (readFileSync(path.join(root, 'engine.log'), { encoding: 'utf8', flag: 'a+' }).includes('up ')) break;
      }
      prepared = true;
    });
    expect(await run(slow)).toBe(0);
    expect(prepared).toBe(true);
    for (const name of hostTools)
      expect(readlinkSync(path.join(project.bin, name))).toBe(path.join(root, 'tools', name));
    expect(readFileSync(path.join(root, 'engine.log'), 'utf8')).toContain('up --yes');
  });

  test('what the engine could not do is told without its wrapping, and where to read more', async () => {
    fakeEngine('    echo "error: update failed" >&2; exit 255');
    const failed = run(supply());
    await expect(failed).rejects.toMatchObject({
      message: 'the platform is not complete',
      repair: expect.stringMatching(/it continues where it was; everything the engine said is in .*pulumi-.*\.log/),
    });
  });

  test('a supply that fails ends the engine, and is what is told', async () => {
    fakeEngine('    exec sleep 20');
    const broken = supply(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      throw new UserError('the disk is full');
    });
    const started = Date.now();
    await expect(run(broken)).rejects.toThrow('the disk is full');
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  test('an engine that fails ends the supply at once, and is what is told', async () => {
    fakeEngine('    echo "error: no cluster" >&2; exit 255');
    const stop = new AbortController();
    const slow = supply(
      () =>
        new Promise((_resolve, reject) => {
          stop.signal.addEventListener('abort', () => reject(new UserError('interrupted')));
        }),
    );
    await expect(run(slow, stop)).rejects.toThrow('the platform is not complete');
  });
});
