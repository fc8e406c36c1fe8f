/** A user's own Pulumi command, as the first steps describe it: the whole platform from `pulumi up`, and back. */
import { execFileSync } from 'node:child_process';
import { engineObjects, eventually, Workspace } from './harness';

const workspace = new Workspace({ name: 'slipway-own', httpPort: 18089, httpsPort: 18449, registryPort: 15089 });

/** Runs Pulumi as a user would, in a shell that took over `slipway env`. */
function pulumi(...args: string[]): string {
  const script = 'eval "$(node cli/bin.js env)" && exec pulumi "$@"';
  return execFileSync('bash', ['-c', script, 'pulumi', ...args], {
    cwd: workspace.root,
    encoding: 'utf8',
    // the state of the whole platform
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

afterAll(async () => {
  await workspace.slipway('down');
  workspace.remove();
});

test('pulumi up alone makes the platform on an empty machine', async () => {
  pulumi('stack', 'select', '--create', 'local');
  const { name, httpPort, httpsPort, registryPort } = workspace.platform;
  for (const [key, value] of Object.entries({ platformName: name, httpPort, httpsPort, registryPort })) {
    pulumi('config', 'set', key, String(value));
  }
  pulumi('up', '--yes', '--skip-preview');
  // unlike `slipway up`, it does not wait until Argo CD has everything running
  const body = await eventually('an answer of the services', 180, async () => {
    const answer = await workspace.ask('dev.service-b.offerfit.local', '/ping_service_a');
    return answer.status === 200 ? answer.body : undefined;
  });
  expect(body).toBe('{"message":"Greetings from Service A! (via Service B)"}');
});

test('a second pulumi up changes nothing', () => {
  const before = engineObjects(workspace.platform.name);
  expect(pulumi('up', '--yes', '--skip-preview', '--expect-no-changes')).toContain('unchanged');
  expect(engineObjects(workspace.platform.name)).toEqual(before);
});

test('no secret is in the state in the clear', async () => {
  const { stdout } = await workspace.succeed('credentials', 'git', '--json');
  const { password } = JSON.parse(stdout) as { password: string };
  const state = pulumi('stack', 'export');
  expect(state).not.toContain(password);
  expect(state).not.toContain(Buffer.from(password).toString('base64'));
  expect(state).toContain('ciphertext');
});

test('pulumi destroy removes it', () => {
  pulumi('destroy', '--yes', '--skip-preview');
  const { containers, networks } = engineObjects(workspace.platform.name);
  expect({ containers, networks }).toEqual({ containers: [], networks: [] });
});
