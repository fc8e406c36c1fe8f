import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { describeDrift, type DriftReport } from '../../../cli/commands/drift';
import { fakeProgram, inProcess as run, projectCopy, removeCopy } from '../cli';
import { FakePlatform } from '../fake-platform';
import { fakeKubectlProxy, type LiveObject } from './fake-proxy';

jest.setTimeout(120_000);

let root: string;
let platform: FakePlatform;

beforeAll(async () => {
  root = projectCopy();
  platform = new FakePlatform(root);
  await platform.start();
  // what was never released is in no cluster
  for (const service of ['service-a', 'service-b']) {
    for (const environment of ['developer', 'production']) {
      writeFileSync(
        path.join(root, `apps/${service}/releases/${environment}.yaml`),
        `image: registry.offerfit.local/${service}:abcdef0\ndigest: sha256:${'0'.repeat(64)}\nversion: abcdef0\nsource: "${'a'.repeat(40)}"\n`,
      );
    }
  }
  await run(['synth'], { root });
  execFileSync('git', ['add', '--all', 'apps', 'dist'], { cwd: root });
  execFileSync('git', ['commit', '--quiet', '--message', 'release'], { cwd: root });
  execFileSync('git', ['push', '--quiet', platform.bare, 'HEAD:main'], { cwd: root, stdio: 'ignore' });
});
afterAll(async () => {
  await platform.stop();
  await removeCopy(root);
});

type Deployment = LiveObject & { readonly spec: { readonly replicas: number } };

/** What dist says, as a cluster that has all of it would have it. */
function committed(): LiveObject[] {
  const dist = path.join(root, 'dist');
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(path.join(dist, file), 'utf8')) as LiveObject);
}

/** Lets the platform's kubectl stand before a cluster of these objects, beside what it answers otherwise. */
function clusterHas(live: readonly LiveObject[]): void {
  const bin = path.join(root, '.slipway/bin');
  const proxy = fakeKubectlProxy(bin, { kubeconfig: live });
  const answers = path.join(bin, 'kubectl-answers');
  if (!existsSync(answers)) renameSync(path.join(bin, 'kubectl'), answers);
  fakeProgram(bin, 'kubectl', `case "$2" in proxy) exec '${proxy}' "$@" ;; *) exec '${answers}' "$@" ;; esac`);
}

test('where catalog, dist, branch and cluster agree there is none', async () => {
  clusterHas(committed());
  expect(await run(['drift'], { root })).toMatchObject({
    exitCode: 0,
    stdout: 'no drift: catalog, dist/, the branch that Argo CD follows and the cluster agree\n',
  });
});

test('each of the three looks tells what it finds, with the command that mends it', async () => {
  const isShop = ({ kind, metadata }: LiveObject, wanted: string): boolean =>
    `${kind} ${metadata.namespace}/${metadata.name}` === wanted;
  clusterHas(
    committed()
      .filter((object) => !isShop(object, 'Service production/service-b'))
      .map((object) =>
        isShop(object, 'Deployment developer/service-a')
          ? { ...object, spec: { ...(object as Deployment).spec, replicas: 7 } }
          : object,
      ),
  );
  writeFileSync(path.join(root, 'dist/developer/service-a/Stale.yaml'), 'kind: Stale\n');
  const { exitCode, stdout } = await run(['drift', '--json'], { root });
  expect(exitCode).toBe(1);
  const report = JSON.parse(stdout) as DriftReport;
  expect(report).toMatchObject({
    drift: true,
    dist: [expect.stringContaining('Stale.yaml')],
    branch: [expect.stringContaining('not committed, and so not delivered: dist/developer/service-a/Stale.yaml')],
  });
  expect(report.cluster.map(({ object, state, details }) => [object, state, details])).toEqual([
    ['Deployment developer/service-a', 'changed', ['spec.replicas']],
    ['Service production/service-b', 'missing', []],
  ]);
  const text = describeDrift(report);
  expect(text).toContain('  Deployment developer/service-a: changed: spec.replicas\n');
  expect(text).toContain('  Service production/service-b: missing\n');
  expect(text.match(/^ {2}repair: /gm)).toHaveLength(3);
  rmSync(path.join(root, 'dist/developer/service-a/Stale.yaml'));
});

test.each([
  ['a kubeconfig that is not there', ['--kubeconfig', 'nowhere'], 'there is no file'],
  ['a cluster that does not answer', [], 'does not answer'],
  ['a machine without the platform', [], 'this project has no platform on this machine'],
])('%s is told, with 2 for "it cannot be said"', async (what, args, message) => {
  if (what.startsWith('a cluster')) platform.silence();
  if (what.startsWith('a machine')) rmSync(path.join(root, '.slipway'), { recursive: true });
  const { exitCode, stdout, stderr } = await run(['drift', ...args], { root });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});
