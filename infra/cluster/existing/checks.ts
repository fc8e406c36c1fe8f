import type { Kubectl } from './kubectl';
import type { ExistingSpec } from './spec';

/** One reason why the platform cannot be put into a cluster. */
export interface Obstacle {
  readonly problem: string;
  readonly repair: string;
}

/** What the platform does, as the API server is asked about it. */
interface Need {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly why: string;
}

const made = (group: string, resource: string, why: string): readonly Need[] =>
  ['create', 'patch', 'delete'].map((verb) => ({ verb, group, resource, why }));

/** Rights in the whole cluster; what happens in namespaces of our own follows from them. */
export function needsOf({
  hostsArgoCd,
  metricsServer,
}: Pick<ExistingSpec, 'hostsArgoCd' | 'metricsServer'>): readonly Need[] {
  return [
    { verb: 'list', group: '', resource: 'nodes', why: 'to see the tiers' },
    ...made('', 'namespaces', 'for the parts of the platform'),
    ...made('rbac.authorization.k8s.io', 'clusterroles', 'for the ingress controller'),
    ...made('rbac.authorization.k8s.io', 'clusterrolebindings', 'for the ingress controller'),
    ...made('networking.k8s.io', 'ingressclasses', 'for the ingress controller'),
    ...(metricsServer ? made('apiregistration.k8s.io', 'apiservices', 'for metrics-server') : []),
    ...(hostsArgoCd ? made('apiextensions.k8s.io', 'customresourcedefinitions', 'for Argo CD') : []),
    // nobody can give a right that he does not have, and Argo CD's controller is given all of them
    ...(hostsArgoCd ? [{ verb: '*', group: '*', resource: '*', why: "to give Argo CD's controller its rights" }] : []),
  ];
}

/** `SelfSubjectAccessReview`s that kubectl can create. */
function reviews(needs: readonly Need[]): string {
  const items = needs.map(({ verb, group, resource }) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource } },
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** What the user of the context may not do. @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access */
export async function missingRights(kubectl: Kubectl, needs: readonly Need[]): Promise<readonly Need[]> {
  const template = 'jsonpath={.status.allowed}{"\\n"}';
  const args = ['create', '--filename=-', '--validate=false', `--output=${template}`];
  const { stdout } = await kubectl(args, { input: reviews(needs) });
  const answers = stdout.trim().split('\n');
  return needs.filter((_need, index) => answers[index] !== 'true');
}

interface Versions {
  readonly serverVersion?: { readonly gitVersion: string };
}

const minorOf = (version: string): string => version.replace(/^v/, '').split('.').slice(0, 2).join('.');

async function versionObstacle(kubectl: Kubectl, asked: string): Promise<Obstacle | undefined> {
  const { stdout } = await kubectl(['version', '--output=json']);
  const version = (JSON.parse(stdout) as Versions).serverVersion?.gitVersion ?? 'unknown';
  if (minorOf(version) === minorOf(asked)) return undefined;
  const plain = /^v\d+\.\d+\.\d+/.exec(version)?.[0];
  return {
    problem: `the cluster runs Kubernetes ${version}, and the catalog is written for ${asked}`,
    repair: `set kubernetesVersion: '${plain ?? version}' in apps/platform.ts, then \`npx slipway synth\``,
  };
}

async function tierObstacles(kubectl: Kubectl): Promise<readonly Obstacle[]> {
  const found = await Promise.all(
    ['backend', 'backstage'].map(async (tier) => {
      const { stdout } = await kubectl(['get', 'nodes', `--selector=tier=${tier}`, '--output=name']);
      return stdout.trim() === '' ? tier : undefined;
    }),
  );
  return found
    .filter((tier) => tier !== undefined)
    .map((tier) => ({
      problem: `no node has the label tier=${tier}`,
      repair: `kubectl label node <node> tier=${tier}`,
    }));
}

/** Objects of the whole cluster that would be taken over if they were there before. */
export function ownObjects({ namespaces, metricsServer, hostsArgoCd }: ExistingSpec): readonly string[] {
  return [
    ...namespaces.map((name) => `namespace/${name}`),
    'ingressclass.networking.k8s.io/nginx',
    ...(metricsServer ? ['apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io'] : []),
    ...(hostsArgoCd ? ['customresourcedefinition.apiextensions.k8s.io/applications.argoproj.io'] : []),
  ];
}

async function conflicts(kubectl: Kubectl, spec: ExistingSpec): Promise<readonly Obstacle[]> {
  const { stdout } = await kubectl(['get', '--ignore-not-found', '--output=name', ...ownObjects(spec)]);
  return stdout
    .split('\n')
    .filter((name) => name !== '')
    .map((name) => ({
      problem: `${name} is there already and was not made by this platform`,
      repair: name.includes('metrics.k8s.io')
        ? "write metricsServer: false in apps/platform.ts: the cluster's own serves as well"
        : 'choose another cluster, or remove it with the tool that made it',
    }));
}

/** Everything that stands in the way, at once; where rights are missing, nothing else is asked. */
export async function obstacles(kubectl: Kubectl, spec: ExistingSpec, fresh: boolean): Promise<readonly Obstacle[]> {
  const version = await versionObstacle(kubectl, spec.kubernetesVersion);
  const missing = await missingRights(kubectl, needsOf(spec));
  const rights = missing.map(({ verb, group, resource, why }) => ({
    problem: `the user of the context may not ${verb} ${resource}${group === '' ? '' : `.${group}`} (${why})`,
    repair: 'use a context whose user may, such as one bound to cluster-admin',
  }));
  const found = [...(version === undefined ? [] : [version]), ...rights];
  if (rights.length > 0) return found;
  return [...found, ...(await tierObstacles(kubectl)), ...(fresh ? await conflicts(kubectl, spec) : [])];
}
