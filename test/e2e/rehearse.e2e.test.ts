/** A rehearsal of changes of the project's own dist on a real API server: what it finds, and that nothing of it stays. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Rehearsal } from '../../cli/rehearsal/rehearse';
import { processesUsing } from '../../infra/host/processes';
import { kubernetesVersion } from '../../infra/versions';
import { eventually, Workspace, type CommandResult } from './harness';

const workspace = new Workspace({ name: 'rehearse-e2e', httpPort: 18092, httpsPort: 18452, registryPort: 15092 });
const scratch = mkdtempSync(path.join(os.tmpdir(), 'rehearse-e2e-'));
workspace.environment['TMPDIR'] = scratch;

afterAll(() => {
  workspace.remove();
  rmSync(scratch, { recursive: true, force: true });
});
afterEach(() => workspace.git('checkout', '--quiet', '--', 'dist'));

const rehearse = (...args: string[]): Promise<CommandResult> =>
  workspace.slipway('rehearse', '--base', 'HEAD', ...args);
const resultOf = ({ stdout }: CommandResult): Rehearsal => (JSON.parse(stdout) as readonly [Rehearsal])[0];
const controlPlanes = (): readonly string[] =>
  readdirSync(scratch).filter((name) => name.startsWith('slipway-control-plane-'));

/** `error schema-error developer/service-a` of every finding that is not the base's as well. */
const told = ({ findings }: Rehearsal): string[] =>
  findings.map(
    ({ severity, rule, object }) => `${severity} ${rule} ${object?.kind} ${object?.namespace}/${object?.name}`,
  );

let known: readonly string[];

test('what the project commits is let in', async () => {
  const result = await rehearse('--json');
  expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(kubernetesVersion) });
  const { applied, refusedBefore, findings } = resultOf(result);
  expect(applied.base).toBeGreaterThan(80);
  // what is equal and was let in is not sent again
  expect(applied.head).toBe(0);
  expect(refusedBefore).toEqual([]);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  known = told(resultOf(result));
});

test('everything that the API server would refuse, warn of or keep otherwise is told at once', async () => {
  const change = (file: string, from: string | RegExp, to: string): void => workspace.edit(`dist/${file}`, from, to);
  change('developer/service-a/Deployment.service-a.yaml', 'replicas: 1', 'replicas: 1\n  replica: 2');
  change('developer/service-a/Service.service-a.yaml', 'port: 80\n', 'port: 99999\n');
  change(
    'developer/service-b/Deployment.service-b.yaml',
    /app.kubernetes.io\/name: service-b$/gm,
    'app.kubernetes.io/name: b',
  );
  change('developer/service-b/Service.service-b.yaml', 'namespace: developer', 'namespace: developer\n  generation: 7');
  change(
    'production/service-a/Deployment.service-a.yaml',
    'readOnlyRootFilesystem: true',
    'readOnlyRootFilesystem: false',
  );
  change('production/service-b/PodDisruptionBudget.service-b.yaml', 'policy/v1', 'policy/v1beta1');
  const result = await rehearse('--json');
  expect(result.exitCode).toBe(1);
  const { applied, findings } = resultOf(result);
  expect(applied.head).toBe(6);
  expect(
    told(resultOf(result))
      .filter((one) => !known.includes(one))
      .sort(),
  ).toEqual([
    'error immutable-field Deployment developer/service-b',
    'error invalid-object Service developer/service-a',
    'error kind-not-served PodDisruptionBudget production/service-b',
    'error read-only-root Deployment production/service-a',
    'error schema-error Deployment developer/service-a',
    'warning shows-as-drift Service developer/service-b',
  ]);
  expect(findings.find(({ rule }) => rule === 'kind-not-served')).toMatchObject({
    message: `Kubernetes ${kubernetesVersion} does not serve PodDisruptionBudget of policy/v1beta1`,
    repair: 'write apiVersion: policy/v1',
    places: [{ file: 'dist/production/service-b/PodDisruptionBudget.service-b.yaml' }],
  });
});

test('a policy that becomes stricter judges also what has not changed', async () => {
  const file = 'dist/argocd/ValidatingAdmissionPolicyBinding.declared-resources.developer.slipway.dev.yaml';
  workspace.edit(
    file.replace('Binding.declared-resources.developer', '.declared-resources'),
    /expression: "variables\.containers\.all.*$/m,
    'expression: "false"',
  );
  const result = await rehearse();
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toMatch(/declared-resources/);
  expect(result.stdout).toMatch(/Deployment developer\/service-a/);
});

test('several run at a time, each with an API server of its own', async () => {
  const results = await Promise.all([rehearse('--json'), rehearse('--json')]);
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(results.map((result) => told(resultOf(result)))).toEqual([known, known]);
  expect(controlPlanes()).toEqual([]);
});

test.each(['SIGINT', 'SIGKILL'] as const)('ended by %s half-way it leaves no process and no file', async (signal) => {
  const child = workspace.start('rehearse', '--base', 'HEAD');
  const ended = new Promise((resolve) => child.on('close', resolve));
  await eventually('an API server', 60, async () => ((await processesUsing(scratch)).length >= 2 ? true : undefined));
  expect(controlPlanes()).toHaveLength(1);
  process.kill(child.pid!, signal);
  await ended;
  await eventually('the end of everything', 20, async () =>
    controlPlanes().length === 0 && (await processesUsing(scratch)).length === 0 ? true : undefined,
  );
});

test.each([
  ['a release that nobody published', ['--kubernetes', 'v1.4711.0'], /Kubernetes v1\.4711\.0/],
  ['what is no release', ['--kubernetes', 'latest'], /"latest" is no release of Kubernetes/],
  ['a revision that is not there', ['--head', 'nowhere'], /nowhere/],
])('%s is told, with 2 for "could not be rehearsed"', async (_what, args, message) => {
  const { exitCode, stdout, stderr } = await rehearse(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ {4}at /m);
});
