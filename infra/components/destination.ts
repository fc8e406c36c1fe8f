import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import { argoCdNamespace, deliveryNamespace } from '../namespaces';
import type { Cluster } from './cluster';

export interface DestinationArgs {
  /** How the catalog calls it, and Argo CD's Applications. */
  readonly name: string;
  readonly cluster: Cluster;
  /** What Argo CD may deploy to. */
  readonly namespaces: readonly string[];
  /** Add-ons are deployed to it as well: any kind, in namespaces that nobody knows beforehand. */
  readonly addOns: boolean;
}

const account = 'argocd-manager';
/** The namespace of the account in the other cluster. */
const home = deliveryNamespace;
const labels = { 'app.kubernetes.io/managed-by': 'slipway' };

/** What dist/ holds and Argo CD therefore writes, and what it shows of it. No Secret is among them. */
const rules = [
  {
    apiGroups: [''],
    resources: ['services', 'serviceaccounts', 'configmaps', 'limitranges', 'resourcequotas'],
    verbs: ['*'],
  },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: ['*'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['*'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['*'] },
  { apiGroups: ['', 'apps'], resources: ['pods', 'replicasets', 'endpoints'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch'] },
].map((rule) => ({
  ...rule,
  // what a wildcard would allow beyond these nobody has looked at
  verbs: rule.verbs[0] === '*' ? ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] : rule.verbs,
}));

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

/** What Argo CD may do outside of its namespaces. */
function beyond(namespaces: readonly string[]): Rules {
  const own = { apiGroups: [''], resources: ['namespaces'] };
  return [
    { ...own, verbs: ['get', 'list', 'watch'] },
    { ...own, resourceNames: [...namespaces], verbs: ['update', 'patch'] },
    // the policies that hold in the other cluster as well
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
      verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
    },
  ];
}

const everything: Rules = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** The part of a kubeconfig that says whose certificate the API server has. */
interface Kubeconfig {
  readonly clusters?: readonly { readonly cluster: { readonly 'certificate-authority-data'?: string } }[];
}

/** The token that the cluster has put into the Secret of the account. */
function readToken(data: Readonly<Record<string, string>> | undefined): string {
  const encoded = data?.['token'];
  if (encoded === undefined) throw new Error(`the cluster has given the account ${home}/${account} no token`);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/**
 * Lets Argo CD deploy to another cluster: an account there that may do in each of its namespaces what dist/ holds, may
 * look at Namespaces and change its own ones, may write policies of admission, and nothing else; and, beside Argo CD, the
 * Secret that names the cluster. For add-ons the account may do everything, as Argo CD may in its own cluster: what one of
 * them may touch is then said by their project.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export class Destination extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: DestinationArgs,
    { there, here }: { readonly there: pulumi.ComponentResourceOptions; readonly here: pulumi.CustomResourceOptions },
  ) {
    super('slipway:component:Destination', name, {}, there);
    const token = this.addAccount(name, args);
    this.addCluster(name, args, token, here);
    this.registerOutputs();
  }

  private addAccount(name: string, { namespaces, addOns }: DestinationArgs): pulumi.Output<string> {
    const parent = { parent: this };
    const ownHome = new k8s.core.v1.Namespace(name, { metadata: { name: home, labels } }, parent);
    const metadata = { name: account, namespace: home, labels };
    const inHome = { ...parent, dependsOn: [ownHome] };
    const manager = new k8s.core.v1.ServiceAccount(name, { metadata }, inHome);
    for (const namespace of namespaces) this.allowIn(name, namespace);
    this.allowBeyond(name, addOns ? everything : beyond(namespaces));
    const token = new k8s.core.v1.Secret(
      `${name}-token`,
      {
        metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': account } },
        type: 'kubernetes.io/service-account-token',
      },
      { ...parent, dependsOn: [manager], additionalSecretOutputs: ['data'] },
    );
    return pulumi.secret(token.data.apply(readToken));
  }

  private allowIn(name: string, namespace: string): void {
    const space = new k8s.core.v1.Namespace(
      `${name}-${namespace}`,
      // Argo CD, which may not make any, fills in the rest
      { metadata: { name: namespace, labels } },
      { parent: this },
    );
    const metadata = { name: account, namespace, labels };
    const opts = { parent: this, dependsOn: [space] };
    new k8s.rbac.v1.Role(`${name}-${namespace}`, { metadata, rules }, opts);
    new k8s.rbac.v1.RoleBinding(
      `${name}-${namespace}`,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: home }],
      },
      opts,
    );
  }

  private allowBeyond(name: string, allowed: Rules): void {
    const metadata = { name: `slipway-${account}`, labels };
    new k8s.rbac.v1.ClusterRole(name, { metadata, rules: allowed }, { parent: this });
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: home }],
      },
      { parent: this },
    );
  }

  private addCluster(
    name: string,
    { name: destination, cluster, namespaces, addOns }: DestinationArgs,
    bearerToken: pulumi.Output<string>,
    here: pulumi.CustomResourceOptions,
  ): void {
    const config = pulumi.secret(
      pulumi.all([bearerToken, cluster.kubeconfig]).apply(([token, kubeconfig]) => {
        const caData = (parse(kubeconfig) as Kubeconfig).clusters?.[0]?.cluster['certificate-authority-data'];
        return JSON.stringify({ bearerToken: token, tlsClientConfig: { insecure: false, ...(caData && { caData }) } });
      }),
    );
    new k8s.core.v1.Secret(
      `${name}-cluster`,
      {
        metadata: {
          name: `cluster-${destination}`,
          namespace: argoCdNamespace,
          labels: { ...labels, 'argocd.argoproj.io/secret-type': 'cluster' },
        },
        stringData: {
          name: destination,
          server: cluster.serverForOthers,
          // none is all
          namespaces: addOns ? '' : namespaces.join(','),
          clusterResources: 'true',
          config,
        },
      },
      // not among the parts of the other cluster: it lies beside Argo CD
      here,
    );
  }
}
