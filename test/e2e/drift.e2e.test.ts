/** Drift of a platform that runs: none after `up`, then each of the three looks finds what was done to it, and no more. */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import type { DriftReport } from '../../cli/commands/drift';
import { projectRoot } from '../../core/paths';
import { eventually, Workspace, type CommandResult } from './harness';

const workspace = new Workspace({ name: 'drift-e2e', httpPort: 18094, httpsPort: 18454, registryPort: 15094 });
const controlPlane = 'drift-e2e-control-plane';

beforeAll(() => workspace.succeed('up', ...workspace.settings), 3_600_000);
afterAll(async () => {
  await workspace.slipway('down');
  workspace.remove();
}, 600_000);

const reportOf = ({ stdout }: CommandResult): DriftReport => JSON.parse(stdout) as DriftReport;
const none: DriftReport = { drift: false, dist: [], branch: [], cluster: [] };

async function look(): Promise<{ readonly exitCode: number; readonly report: DriftReport }> {
  const result = await workspace.slipway('drift', '--json');
  return { exitCode: result.exitCode, report: reportOf(result) };
}

/** Lets Argo CD mend nothing, or again what was done meanwhile. */
function argoCdWorks(works: boolean): void {
  const controller = 'statefulset/argocd-application-controller';
  workspace.kubectl('scale', controller, '--namespace=argocd', `--replicas=${works ? 1 : 0}`);
  const goal = works ? 'jsonpath={.status.readyReplicas}=1' : 'delete';
  const what = works ? controller : 'pod/argocd-application-controller-0';
  workspace.kubectl('wait', what, '--namespace=argocd', `--for=${goal}`, '--timeout=180s');
}

test('a platform that has just been made has none', async () => {
  expect(await look()).toEqual({ exitCode: 0, report: none });
  expect((await workspace.slipway('status')).stdout).toMatch(/^drift: none$/m);
});

test('what controllers and other owners write is none, what was changed or deleted by hand is', async () => {
  argoCdWorks(false);
  const kubectl = (verb: string, ...args: string[]): string =>
    workspace.kubectl(verb, '--namespace=developer', ...args);
  kubectl('annotate', 'deployment/service-b', 'team.example.test/note=mine');
  kubectl('rollout', 'restart', 'deployment/service-b');
  expect(await look()).toEqual({ exitCode: 0, report: none });
  kubectl('scale', 'deployment/service-a', '--replicas=3');
  kubectl('set', 'env', 'deployment/service-b', 'PORT=9090');
  kubectl('delete', 'service/service-b');
  const { exitCode, report } = await look();
  expect(exitCode).toBe(1);
  expect(report).toMatchObject({ drift: true, dist: [], branch: [] });
  expect(report.cluster.map(({ object, state, details }) => [object, state, details])).toEqual([
    ['Deployment developer/service-a', 'changed', ['spec.replicas']],
    [
      'Deployment developer/service-b',
      'changed',
      [expect.stringMatching(/^spec\.template\.spec\.containers\[0\]\.env/)],
    ],
    ['Service developer/service-b', 'missing', []],
  ]);
});

test('looking has changed nothing, and once Argo CD is back it mends all of it', async () => {
  const replicas = '--output=jsonpath={.spec.replicas}';
  expect(workspace.kubectl('get', 'deployment/service-a', '--namespace=developer', replicas)).toBe('3');
  argoCdWorks(true);
  await eventually('the end of the drift', 300, async () => ((await look()).report.drift ? undefined : true));
});

test('a kubeconfig is enough where there is no platform, as in CI', async () => {
  const clone = path.join(path.dirname(workspace.root), 'clone');
  await workspace.succeed('git', 'clone', clone);
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(clone, 'node_modules'));
  const kubeconfig = path.join(workspace.root, '.slipway/kubeconfig');
  const command = ['cli/bin.js', 'drift', '--json', '--kubeconfig', kubeconfig];
  const stdout = execFileSync(process.execPath, command, { cwd: clone, encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual(none);
});

test('commits that wait and a dist that was edited are told apart', async () => {
  workspace.write('NOTES.md', 'A note.\n');
  const commit = workspace.commit('Write a note').slice(0, 7);
  const file = 'dist/production/service-a/Deployment.service-a.yaml';
  workspace.edit(file, /replicas: \d+/, 'replicas: 9');
  const { exitCode, report } = await look();
  expect(exitCode).toBe(1);
  expect(report).toEqual({
    drift: true,
    dist: [expect.stringContaining('production/service-a/Deployment.service-a.yaml')],
    branch: [`${commit} Write a note`, expect.stringContaining(file)],
    cluster: [],
  });
  expect((await workspace.slipway('status')).stdout).toMatch(
    /^drift: .*not rendered; 1 of your commits not delivered; /m,
  );
  workspace.git('checkout', '--quiet', '--', 'dist');
});

test('a cluster that does not answer is no drift: it cannot be said', async () => {
  execFileSync('docker', ['pause', controlPlane], { stdio: 'ignore' });
  try {
    const { exitCode, stdout, stderr } = await workspace.slipway('drift');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('does not answer');
  } finally {
    execFileSync('docker', ['unpause', controlPlane], { stdio: 'ignore' });
  }
});
