/**
 * Every object that the platform puts into a cluster beside dist/, after our changes to what upstream publishes, asked of
 * a real API server: fields, names, and whether Pod Security lets their pods in. No image is needed for that.
 */
import type * as pulumi from '@pulumi/pulumi';
import { ArgoCd } from '../../infra/components/argo-cd';
import { IngressNginx } from '../../infra/components/ingress-nginx';
import { MetricsServer } from '../../infra/components/metrics-server';
import { Traefik } from '../../infra/components/traefik';
import { withControlPlane } from '../../infra/control-plane/control-plane';
import { ApiClient, type ApiServer } from '../../infra/kubernetes/api-client';
import { applyAsArgoCd, messageOf, Resources } from '../../infra/kubernetes/resources';
import { createSupply } from '../../infra/supply';
import type { ManifestName } from '../../infra/versions';
import { record } from '../infra/components/recorder';
import { upstreamManifest } from './support/upstream-manifest';

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly metadata?: object; readonly spec: object };
  };
}

const argoCd = (manifest: string): ArgoCd =>
  new ArgoCd('argo-cd', {
    manifest,
    url: 'http://argocd.example.test',
    forgeUrl: 'http://git.example.test',
    notifications: {
      forgeUrl: 'http://git.example.test',
      forge: { by: 'token', apiUrl: 'http://git.example.test/api/v1' },
    },
    hostAliases: [{ ip: '10.96.0.7', hostnames: ['git.example.test'] }],
    load: { applications: 3000, clusters: 3 },
  });

interface AddOn {
  readonly title: string;
  readonly manifest?: ManifestName;
  make(manifest: string): pulumi.Resource;
  /** Names of pods that listen at ports of their node: let in, and warned of. */
  readonly atNodePorts?: string;
}

const addOns: readonly AddOn[] = [
  {
    title: 'ingress-nginx at ports of its node',
    manifest: 'ingress-nginx',
    make: (manifest) => new IngressNginx('ingress', { manifest }),
    atNodePorts: 'ingress-nginx-controller',
  },
  {
    title: 'ingress-nginx behind a load balancer',
    manifest: 'ingress-nginx',
    make: (manifest) => new IngressNginx('ingress', { manifest, balanced: true }),
  },
  { title: 'Traefik at ports of its node', make: () => new Traefik('ingress', {}), atNodePorts: 'traefik' },
  { title: 'Traefik behind a load balancer', make: () => new Traefik('ingress', { balanced: true }) },
  {
    title: 'metrics-server',
    manifest: 'metrics-server',
    make: (manifest) => new MetricsServer('metrics', { manifest }),
  },
  { title: 'Argo CD', manifest: 'argo-cd', make: argoCd },
  { title: 'Argo CD, highly available', manifest: 'argo-cd-ha', make: argoCd },
];

/** What must be there before others: namespaces, then kinds, then who is let in. */
const order = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount'];
const rank = ({ kind }: KubernetesObject): number => (order.includes(kind) ? order.indexOf(kind) : order.length);

async function objectsOf(make: () => unknown): Promise<readonly KubernetesObject[]> {
  const recorded = await record(make);
  return recorded
    .filter(({ type }) => type.startsWith('kubernetes:'))
    .map(({ type, inputs }) => {
      const [, version, kind] = type.split(':') as [string, string, string];
      // typed resources leave out what their type says
      return {
        apiVersion: version.replace(/^core\//, ''),
        kind,
        ...(inputs as Omit<KubernetesObject, 'apiVersion' | 'kind'>),
      };
    })
    .toSorted((a, b) => rank(a) - rank(b));
}

/** The pod that an object makes. */
function podOf({ metadata, spec }: KubernetesObject): KubernetesObject | undefined {
  if (spec?.template?.spec === undefined) return undefined;
  const { name, namespace } = metadata;
  const template = spec.template as Pick<KubernetesObject, 'spec'> & { readonly metadata?: object };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    ...template,
    metadata: { ...template.metadata, name, ...(namespace && { namespace }) },
  };
}

/** What the API server says against these objects, and against the pods that they would make. */
async function refusals(server: ApiServer, objects: readonly KubernetesObject[]): Promise<readonly string[]> {
  // other work of a busy machine may make it wait
  const client = new ApiClient(server, { timeoutMs: 300_000 });
  const resources = new Resources(client);
  const said: string[] = [];
  const ask = async (object: KubernetesObject, dryRun: boolean): Promise<void> => {
    const { kind, apiVersion, metadata } = object;
    const path = await resources.pathOf({ apiVersion, kind, ...metadata });
    const what = `${kind} ${metadata.name}`;
    if (path === undefined) return void said.push(`${what}: ${apiVersion} is not served`);
    const { status, body, warnings } = await applyAsArgoCd(client, path, object, { dryRun });
    if (status > 201) said.push(`${what}: ${messageOf(body)}`);
    else said.push(...warnings.map((warning) => `${what}: warning: ${warning}`));
  };
  try {
    for (const object of objects) await ask(object, false);
    for (const pod of objects.map(podOf).filter((found) => found !== undefined)) await ask(pod, true);
    return said;
  } finally {
    client.close();
  }
}

/** With a field that does not exist, and with a pod that wants its node's network. */
function broken(object: KubernetesObject): KubernetesObject {
  const copy = JSON.parse(JSON.stringify(object));
  if (object.kind === 'StatefulSet' && object.metadata.name === 'argocd-redis-ha-server') copy.spec.replica = 3;
  if (object.kind === 'Deployment' && object.metadata.name === 'argocd-server') {
    copy.spec.template.spec.hostNetwork = true;
  }
  return copy as KubernetesObject;
}

const objects = new Map<string, readonly KubernetesObject[]>();
const said = new Map<string, readonly string[]>();

beforeAll(async () => {
  const supply = createSupply();
  const [etcd, kubeApiserver] = await Promise.all([supply.tool('etcd'), supply.tool('kube-apiserver')]);
  for (const { title, manifest, make } of addOns) {
    const content = manifest === undefined ? '' : await upstreamManifest(manifest);
    objects.set(title, await objectsOf(() => make(content)));
  }
  await withControlPlane({ etcd, kubeApiserver, patienceSeconds: 600 }, async (server) => {
    for (const { title } of addOns) said.set(title, await refusals(server, objects.get(title)!));
    said.set('broken', await refusals(server, objects.get('Argo CD, highly available')!.map(broken)));
  });
});

test.each(addOns)('$title is let in as it is, and so are its pods', ({ title, atNodePorts: name }) => {
  expect(objects.get(title)!.length).toBeGreaterThan(5);
  expect(objects.get(title)!.filter((object) => podOf(object) !== undefined)).not.toHaveLength(0);
  const warned = ['Deployment', 'Pod'].map(
    (kind) =>
      expect.stringMatching(
        `^${kind} ${name}: warning: would violate PodSecurity "restricted:latest": hostPort \\([^)]*\\)$`,
      ) as string,
  );
  expect(said.get(title)).toEqual(name === undefined ? [] : warned);
});

test('a field that does not exist, or a pod that may not run, would be found', () => {
  const found = said.get('broken')!.join('\n');
  expect(found).toMatch(
    /StatefulSet argocd-redis-ha-server: .*field not declared in schema|unknown field "spec.replica"/,
  );
  expect(found).toMatch(/Pod argocd-server: .*violates PodSecurity "restricted:latest": host namespaces/);
});
