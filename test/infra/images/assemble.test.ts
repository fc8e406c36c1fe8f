import path from 'node:path';
import { assemble, accountEntries, imageLabels } from '../../../infra/supply/images/assemble';
import { readArchive } from '../../../infra/supply/images/archive';
import { openArchive } from '../../../infra/supply/images/archive-layers';
import { recipeKey, type Recipe } from '../../../infra/supply/images/recipe';
import { preloaded, recipeFor, recipes } from '../../../infra/supply/images/recipes';
import { substitutions } from '../../../infra/supply/images/substitutions';
import { images, tools } from '../../../infra/versions';
import { digestOfFile, list, removeFolders, scratch, smallParts, smallRoot } from './support';

afterAll(removeFolders);

const recipe = (image: string): Recipe => recipes.find((one) => one.image === image)!;

async function contents(image: string) {
  const folder = scratch();
  const file = path.join(folder, 'image.tar');
  await assemble(recipe(image), smallParts(folder), file);
  const open = await openArchive(file, scratch());
  return { file, ...open, top: list(open.files.at(-1)!) };
}

test.each(recipes.map(({ image }) => image))('%s is assembled under its upstream name, twice alike', async (image) => {
  const { file, references, document } = await contents(image);
  expect(references).toEqual([images[image].reference]);
  expect(document.config.Labels).toMatchObject({ 'slipway.dev/assembled': 'true' });
  expect(await digestOfFile((await contents(image)).file)).toBe(await digestOfFile(file));
});

test('what holds another version than its name says is labelled so, and what does not is not', async () => {
  const { document } = await contents('redis');
  expect(document.config.Labels).toMatchObject({
    'org.opencontainers.image.version': '5:7.0.15-1',
    'slipway.dev/substitutes': images.redis.reference,
    'slipway.dev/substitution-note': images.redis.substitute,
  });
  const labels = imageLabels(recipe('coredns'));
  expect(labels['org.opencontainers.image.version']).toBe(tools.coredns.version);
  expect(labels['slipway.dev/substitutes']).toBe('registry.k8s.io/coredns/coredns:v1.14.2');
  expect(imageLabels(recipe('kube-apiserver'))).not.toHaveProperty('slipway.dev/substitutes');
});

test('every image with a substitution is listed, with its name and its note in one line', () => {
  const listed = substitutions();
  expect(listed.map(({ image }) => image)).toEqual(
    expect.arrayContaining(['node', 'coredns', 'redis', 'dex', 'argo-cd', 'gitea', 'service-base', 'route-keeper']),
  );
  expect(listed.map(({ image }) => image)).not.toContain('kube-apiserver');
  expect(listed.find(({ image }) => image === 'redis')!.line).toBe(
    `${images.redis.reference}: ${images.redis.substitute}`,
  );
});

test('Argo CD is laid out as its manifest asks', async () => {
  const { top, document } = await contents('argo-cd');
  expect(top).toEqual(
    expect.arrayContaining([
      '-rwxr-xr-x 0/0 usr/local/bin/argocd',
      'lrwxrwxrwx 0/0 usr/local/bin/argocd-repo-server -> /usr/local/bin/argocd',
      'lrwxrwxrwx 0/0 usr/local/bin/argocd-application-controller -> /usr/local/bin/argocd',
      '-rwxr-xr-x 0/0 usr/local/bin/gpg-wrapper.sh',
      'drwx------ 999/0 app/config/gpg/keys',
    ]),
  );
  expect(document.config).toMatchObject({ User: '999', Entrypoint: ['/usr/bin/tini', '--'] });
});

test('Gitea has its static files where the program was told to look, and folders that its user may write', async () => {
  const { top, document } = await contents('gitea');
  const place = tools.gitea.build.set['code.gitea.io/gitea/modules/setting.StaticRootPath'].replace('/', '');
  expect(top).toEqual(
    expect.arrayContaining([
      `-rw-r--r-- 0/0 ${place}/templates/home.tmpl`,
      `-rw-r--r-- 0/0 ${place}/options/locale/en.json`,
      `-rw-r--r-- 0/0 ${place}/public/assets/robots.txt`,
      '-rwxr-xr-x 0/0 usr/local/bin/gitea',
      'drwxr-xr-x 1000/1000 var/lib/gitea',
    ]),
  );
  expect(document.config).toMatchObject({ User: '1000:1000', Volumes: { '/var/lib/gitea': {}, '/etc/gitea': {} } });
});

test("the base of services is the root's layer with Node, npm and the user that Dockerfiles name", async () => {
  const { top, document, files } = await contents('service-base');
  expect(files).toHaveLength(2);
  expect(document.rootfs.diff_ids[0]).toBe((await smallRoot(scratch())).layer.diffId);
  expect(top).toEqual(
    expect.arrayContaining([
      '-rwxr-xr-x 0/0 usr/local/bin/node',
      'lrwxrwxrwx 0/0 usr/local/bin/npm -> ../lib/node_modules/npm/bin/npm-cli.js',
      'drwxr-xr-x 1000/1000 home/node',
    ]),
  );
});

test("users are added to the root's own, or to a minimum where the root has none", () => {
  const text = (root: { passwd: string; group: string }): string =>
    accountEntries([{ name: 'git', id: 1000, home: '/git', shell: '/bin/sh' }], root)
      .map((entry) => ('content' in entry ? String(entry.content) : ''))
      .join('');
  expect(text({ passwd: 'root:x:0:0::/root:/bin/sh\n', group: 'root:x:0:\n' })).toBe(
    'root:x:0:0::/root:/bin/sh\ngit:x:1000:1000::/git:/bin/sh\nroot:x:0:\ngit:x:1000:\n',
  );
  expect(text({ passwd: '', group: '' })).toMatch(/^root:x:0:0:.*\nnobody:x:65534:/);
});

test('a part that a module lacks is named, and nothing is written', async () => {
  const folder = scratch();
  const file = path.join(folder, 'image.tar');
  const parts = { ...smallParts(folder), files: async () => path.join(folder, 'empty') };
  await expect(assemble(recipe('argo-cd'), parts, file)).rejects.toThrow(
    `usr/local/bin/gpg-wrapper.sh of an image cannot be made: there is no ${folder}/empty/hack/gpg-wrapper.sh`,
  );
  await expect(readArchive(file)).rejects.toThrow();
});

test('a recipe is found by the name in a manifest, and each has a key of its own that does not change by itself', () => {
  expect(recipeFor('quay.io/argoproj/argocd:v3.5.4')?.image).toBe('argo-cd');
  expect(recipeFor('ghcr.io/dexidp/dex:v2.45.1')).toBeUndefined();
  const keys = recipes.map(recipeKey);
  expect(new Set(keys).size).toBe(recipes.length);
  expect(recipes.map(recipeKey)).toEqual(keys);
  const changed = { ...recipe('redis'), config: { Cmd: ['other'] } };
  expect(recipeKey(changed)).not.toBe(recipeKey(recipe('redis')));
});

test('the images that kubeadm asks for are all in the node', () => {
  // what `kubeadm config images list --kubernetes-version v1.36.1` prints
  const asked = [
    'registry.k8s.io/kube-apiserver:v1.36.1',
    'registry.k8s.io/kube-controller-manager:v1.36.1',
    'registry.k8s.io/kube-scheduler:v1.36.1',
    'registry.k8s.io/kube-proxy:v1.36.1',
    'registry.k8s.io/coredns/coredns:v1.14.2',
    'registry.k8s.io/pause:3.10.2',
    'registry.k8s.io/etcd:3.6.8-0',
  ];
  expect(preloaded.map(({ image }): string => images[image].reference)).toEqual(expect.arrayContaining(asked));
});
