import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runtime } from '@pulumi/pulumi';
import { projectRoot } from '../../../core/paths';

/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/no-explicit-any -- the engine's protocol is not
   part of the library's public types, and its transport is the library's own */
const fromPulumi = (name: string): any =>
  require(require.resolve(name, { paths: [require.resolve('@pulumi/pulumi')] }));
const grpc = fromPulumi('@grpc/grpc-js');
const { Struct } = fromPulumi('google-protobuf/google/protobuf/struct_pb.js');
const { Empty } = fromPulumi('google-protobuf/google/protobuf/empty_pb.js');
const { ResourceProviderClient } = require('@pulumi/pulumi/proto/provider_grpc_pb');
const messages = require('@pulumi/pulumi/proto/provider_pb');

let plugin: ChildProcess;
let client: any;

/** Starts the executable as the engine does: an address as its argument, the port on its standard output. */
beforeAll(async () => {
  plugin = spawn(path.join(projectRoot, 'cli/provider/pulumi-resource-slipway'), ['127.0.0.1:1'], {
    cwd: path.join(projectRoot, 'infra'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve) => createInterface({ input: plugin.stdout! }).once('line', resolve));
  client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
}, 60_000);

afterAll(() => {
  client?.close();
  plugin.kill('SIGKILL');
});

const call = (method: string, request: unknown): Promise<any> =>
  new Promise((resolve, reject) =>
    client[method](request, (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer))),
  );

const urn = (type: string): string => `urn:pulumi:local::slipway::slipway:index:${type}::x`;

async function create(type: string, inputs: object): Promise<any> {
  const request = new messages.CreateRequest();
  request.setUrn(urn(type));
  request.setProperties(Struct.fromJavaScript(inputs));
  return call('create', request);
}

test('says its version and that it takes secrets', async () => {
  expect((await call('getPluginInfo', new Empty())).getVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  const configured = await call('configure', new messages.ConfigureRequest());
  expect(configured.getAcceptsecrets()).toBe(true);
});

test('draws a password and marks it as secret', async () => {
  const answer = await create('RandomPassword', { bytes: 32 });
  expect(answer.getProperties().toJavaScript()).toEqual({
    bytes: 32,
    value: { [runtime.specialSigKey]: runtime.specialSecretSig, value: expect.stringMatching(/^[\w-]{43}$/) },
  });
});

test('refuses what it does not serve', async () => {
  await expect(create('Moon', {})).rejects.toThrow('the plugin serves no resource of type Moon');
});

test('tells what a user can mend in words alone', async () => {
  const forge = { host: 'git.x.local', port: 1, username: 'u', password: 'hush' };
  const running = create('ForgeOrganization', { forge, cluster: 'c', organization: 'o' }).catch(
    (caught: Error) => caught,
  );
  await call('cancel', new Empty());
  const error = await running;
  expect(error.message).toContain('creating ForgeOrganization was interrupted');
  expect(error.message).not.toContain('hush');
});

test('ends when the engine that started it is gone', async () => {
  const ended = new Promise((resolve) => plugin.once('exit', resolve));
  plugin.stdin!.destroy();
  expect(await ended).toBe(1);
});
