/** A supply saved here, carried to where nothing can be reached, and a platform made of it there. */
import path from 'node:path';
import { AirGap } from './support/air-gap';
import { Workspace } from './harness';

const workspace = new Workspace({ name: 'slipway-gap', httpPort: 18087, httpsPort: 18447, registryPort: 15087 });
const gap = new AirGap('slipway-gap');
const project = path.join(gap.folder, 'slipway');
const slipway = (...args: string[]) => gap.run(process.execPath, ['cli/bin.js', ...args], project);
const ask = (host: string, target: string): string =>
  gap.run('curl', ['--silent', '--show-error', '--header', `host: ${host}`, `http://127.0.0.1:18087${target}`]).stdout;

beforeAll(async () => {
  const { stdout } = await workspace.succeed('supply', 'path', 'runc-lean');
  await gap.start(stdout.trim());
});
afterAll(async () => {
  slipway('down');
  await gap.remove();
  workspace.remove();
});

test('nothing can be reached from where the archive is carried to', () => {
  expect(gap.run('ip', ['route']).stdout.includes('default')).toBe(false);
  expect(gap.run('getent', ['hosts', 'github.com']).exitCode).not.toBe(0);
});

test('one file holds the project, its packages and the whole supply', async () => {
  const archive = path.join(gap.folder, 'supply.tar');
  await workspace.succeed('supply', 'save', archive);
  const unpack = 'tar -xOf supply.tar unpack.sh | sh -s -- supply.tar slipway';
  expect(gap.run('sh', ['-c', unpack]).exitCode).toBe(0);
  expect(gap.run('git', ['rev-parse', 'HEAD'], project).stdout.trim()).toBe(workspace.git('rev-parse', 'HEAD'));
});

test('up makes a platform of it, and asks nobody', () => {
  expect(slipway('up', ...workspace.settings, '--no-build', '--no-install').exitCode).toBe(0);
  expect(ask('dev.service-b.offerfit.local', '/ping_service_a')).toBe(
    '{"message":"Greetings from Service A! (via Service B)"}',
  );
  expect(ask('production.service-a.offerfit.local', '/health')).toBe('{"Status":"Success"}');
  expect(JSON.parse(ask('argocd.offerfit.local', '/api/version'))).toHaveProperty('Version');
});

test('a change is delivered there', () => {
  const commit = [
    'sed -i "s/memoryLimit: .[0-9]*Mi./memoryLimit: \'160Mi\'/" apps/service-a/service.ts',
    'node cli/bin.js synth',
    'git -c user.name=Ada -c user.email=ada@example.invalid commit --quiet --all --message "Give service A more memory"',
  ].join(' && ');
  expect(gap.run('sh', ['-c', commit], project).exitCode).toBe(0);
  expect(slipway('deliver').exitCode).toBe(0);
  expect(slipway('status').exitCode).toBe(0);
});

test('down leaves nothing', () => {
  const { exitCode, stdout } = slipway('down');
  expect(stdout).toContain('verified: nothing left of platform slipway-gap');
  expect(exitCode).toBe(0);
  expect(gap.run('docker', ['ps', '--all', '--quiet']).stdout).toBe('');
});
