import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { archiveDigest, digestInRegistry, mirrorPath, pushArchive } from '../../../infra/supply/images/registry';
import { command, removeFolders, scratch, write } from './support';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const held = new Map<string, string>();
let server: Server;
let address = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    const digest = held.get(request.url ?? '');
    response.writeHead(
      digest === undefined ? 404 : 200,
      digest === undefined ? {} : { 'docker-content-digest': digest },
    );
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => held.clear());
afterAll(() => {
  server.close();
  removeFolders();
});

/** crane that notes what it is asked, since the real one takes minutes to build. */
function crane(): { readonly file: string; readonly calls: () => readonly string[] } {
  const folder = scratch();
  writeFileSync(path.join(folder, 'calls'), '');
  const file = command(folder, 'crane', `echo "$@" >>${folder}/calls; [ "$1" = digest ] && echo ${DIGEST}; exit 0`);
  return { file, calls: () => readFileSync(path.join(folder, 'calls'), 'utf8').split('\n').filter(Boolean) };
}

test.each([
  ['quay.io/argoproj/argocd:v3.5.4', 'argoproj/argocd:v3.5.4'],
  ['registry.k8s.io/metrics-server/metrics-server:v0.9.0', 'metrics-server/metrics-server:v0.9.0'],
  ['public.ecr.aws/docker/library/redis:8.2.3-alpine', 'docker/library/redis:8.2.3-alpine'],
  ['docker.io/library/traefik:v3.6.15', 'library/traefik:v3.6.15'],
  ['traefik:v3', 'library/traefik:v3'],
  ['gitea/gitea:1.26', 'gitea/gitea:1.26'],
  ['localhost/a/b', 'a/b:latest'],
  ['127.0.0.1:5001/service-a:1', 'service-a:1'],
])('a mirror keeps %s as %s', (reference, kept) => {
  expect(mirrorPath(reference)).toBe(kept);
});

test('an image that the registry has under that name is not pushed again', async () => {
  const archive = path.join(write(scratch(), { 'image.tar': 'image' }), 'image.tar');
  const { file, calls } = crane();
  const target = { crane: file, address };
  expect(await pushArchive(archive, 'a/b:1', target)).toEqual({ digest: DIGEST, pushed: true });
  expect(calls().at(-1)).toBe(`push ${archive} ${address}/a/b:1`);

  held.set('/v2/a/b/manifests/1', DIGEST);
  const before = calls().length;
  expect(await pushArchive(archive, 'a/b:1', target)).toEqual({ digest: DIGEST, pushed: false });
  // its digest was noted at the first push, so telling costs one request and no process
  expect(calls()).toHaveLength(before);
});

test('a name that stands for another image is moved', async () => {
  held.set('/v2/a/b/manifests/1', `sha256:${'b'.repeat(64)}`);
  const archive = path.join(write(scratch(), { 'image.tar': 'image' }), 'image.tar');
  expect(await pushArchive(archive, 'a/b:1', { crane: crane().file, address })).toMatchObject({ pushed: true });
});

test('a digest is reckoned anew when the archive changed', async () => {
  const archive = path.join(write(scratch(), { 'image.tar': 'image' }), 'image.tar');
  const { file, calls } = crane();
  await archiveDigest(archive, file);
  await archiveDigest(archive, file);
  expect(calls()).toEqual([`digest --tarball ${archive}`]);
  appendFileSync(archive, 'changed');
  expect(await archiveDigest(archive, file)).toBe(DIGEST);
  expect(calls()).toHaveLength(2);
});

test('a registry that does not answer has nothing, and a failing push is told with its reason', async () => {
  expect(await digestInRegistry('a/b:1', '127.0.0.1:1')).toBeUndefined();
  const archive = path.join(write(scratch(), { 'image.tar': 'image' }), 'image.tar');
  const failing = command(
    scratch(),
    'crane',
    `[ "$1" = digest ] && echo ${DIGEST} && exit 0; echo "no space left" >&2; exit 1`,
  );
  await expect(pushArchive(archive, 'a/b:1', { crane: failing, address })).rejects.toMatchObject({
    details: ['no space left'],
  });
});
