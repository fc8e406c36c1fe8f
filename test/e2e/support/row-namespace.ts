import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient, type ApiServer } from '../../../infra/kubernetes/api-client';
import { applyAsArgoCd, messageOf, Resources, type ManifestIdentity } from '../../../infra/kubernetes/resources';
import type { YamlMap } from '../../../review/tree/object';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

/** What is looked at of an object of any kind. */
export interface Item {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly volumeName?: string;
    readonly updateStrategy?: { readonly type?: string };
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly { readonly state: { readonly waiting?: { readonly reason?: string } } }[];
    readonly observedGeneration?: number;
    readonly expectedPods?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
  };
  readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[];
  readonly ports?: readonly unknown[];
}

const roots = {
  pods: '/api/v1',
  services: '/api/v1',
  persistentvolumeclaims: '/api/v1',
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
  statefulsets: '/apis/apps/v1',
  daemonsets: '/apis/apps/v1',
  poddisruptionbudgets: '/apis/policy/v1',
  endpointslices: '/apis/discovery.k8s.io/v1',
} as const;

export type Resource = keyof typeof roots;

export const identityOf = (object: YamlMap): ManifestIdentity => {
  const { name, namespace } = object['metadata'] as { name: string; namespace?: string };
  return {
    apiVersion: String(object['apiVersion']),
    kind: String(object['kind']),
    name,
    ...(namespace !== undefined && { namespace }),
  };
};

/** A namespace of a real cluster, to which the objects of one row are applied as Argo CD would. */
export class RowNamespace {
  private readonly client: ApiClient;
  private readonly resources: Resources;

  /** A new namespace, in which pods may be made. */
  static async create(server: ApiServer, name: string, image: string): Promise<RowNamespace> {
    const space = new RowNamespace(server, name, image);
    await space.send('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    while (!(await space.exists(`/api/v1/namespaces/${name}/serviceaccounts/default`))) await sleep(200);
    return space;
  }

  private constructor(
    private readonly server: ApiServer,
    readonly name: string,
    /** An image that every node holds. */
    private readonly image: string,
  ) {
    this.client = new ApiClient(server);
    this.resources = new Resources(this.client);
  }

  /** @returns false where the API server refuses the object; the same as Argo CD would see it */
  async apply(object: YamlMap): Promise<boolean> {
    const own = this.own(object);
    const path = await this.pathOf(own);
    return (await applyAsArgoCd(this.client, path, own)).status <= 201;
  }

  async list(resource: Resource): Promise<readonly Item[]> {
    const { status, body } = await this.client.send(`${roots[resource]}/namespaces/${this.name}/${resource}`);
    if (status !== 200) throw new Error(`${resource} cannot be listed: ${messageOf(body)}`);
    return (body as { readonly items: readonly Item[] }).items;
  }

  async exists(path: string): Promise<boolean> {
    return (await this.client.send(path)).status === 200;
  }

  /** Deletes an object with what it owns, as Argo CD prunes, and waits until it is gone. */
  async prune(object: YamlMap): Promise<void> {
    const path = await this.pathOf(this.own(object));
    await this.client.send(path, { method: 'DELETE', query: { propagationPolicy: 'Foreground' } });
    for (const end = Date.now() + 60_000; await this.exists(path); await sleep(300)) {
      if (Date.now() > end) throw new Error(`${path} is still there a minute after its deletion`);
    }
  }

  async deletePod(name: string): Promise<void> {
    await this.client.send(`/api/v1/namespaces/${this.name}/pods/${name}`, { method: 'DELETE' });
  }

  /** Whether a pod may be evicted, without evicting it. */
  evictable(pod: string): Promise<boolean> {
    return this.send(`/api/v1/namespaces/${this.name}/pods/${pod}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: pod, namespace: this.name },
      deleteOptions: { dryRun: ['All'] },
    });
  }

  /** Whether a pod without any security context would be let in. */
  admitsAnyPod(): Promise<boolean> {
    return this.send(
      `/api/v1/namespaces/${this.name}/pods`,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'probe' },
        spec: { automountServiceAccountToken: false, containers: [{ name: 'probe', image: this.image }] },
      },
      { dryRun: 'All' },
    );
  }

  /** What the account `reader` may do here: `get configmaps`. */
  async grants(): Promise<readonly string[]> {
    const user = `system:serviceaccount:${this.name}:reader`;
    const asReader = new ApiClient(this.server, { impersonate: { user, groups: ['system:authenticated'] } });
    try {
      const { body } = await asReader.send('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
        method: 'POST',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectRulesReview',
          spec: { namespace: this.name },
        },
      });
      const { resourceRules } = (body as { status: { resourceRules: readonly Readonly<Record<string, string[]>>[] } })
        .status;
      return resourceRules.flatMap(({ verbs = [], resources = [] }) =>
        verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)),
      );
    } finally {
      asReader.close();
    }
  }

  async remove(): Promise<void> {
    await this.client.send(`/api/v1/namespaces/${this.name}`, { method: 'DELETE' });
    this.client.close();
  }

  /** @returns whether what is sent is taken */
  private async send(path: string, body: unknown, query: Readonly<Record<string, string>> = {}): Promise<boolean> {
    return (await this.client.send(path, { method: 'POST', body, query })).status <= 201;
  }

  private own(object: YamlMap): YamlMap {
    const text = JSON.stringify(object)
      .replaceAll('"shop"', JSON.stringify(this.name))
      .replaceAll('"registry.k8s.io/pause:3.10"', JSON.stringify(this.image));
    return JSON.parse(text) as YamlMap;
  }

  private async pathOf(object: YamlMap): Promise<string> {
    const path = await this.resources.pathOf(identityOf(object));
    if (path === undefined) throw new Error(`the cluster does not serve ${String(object['kind'])}`);
    return path;
  }
}
