import { execFileSync, spawnSync } from 'node:child_process';
import type { YamlMap } from '../../../review/tree/object';

interface Listed {
  readonly items: readonly Item[];
}

export interface Item {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec?: YamlMap;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly { readonly state: { readonly waiting?: { readonly reason?: string } } }[];
    readonly expectedPods?: number;
    readonly observedGeneration?: number;
  };
  readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[];
  readonly ports?: readonly unknown[];
}

/** A namespace of a real cluster, to which the objects of one row are applied. */
export class RowNamespace {
  constructor(
    private readonly kubeconfig: string,
    readonly name: string,
    /** An image that every node holds. */
    private readonly image: string,
  ) {}

  kubectl(...args: readonly string[]): string {
    return execFileSync('kubectl', args, {
      encoding: 'utf8',
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Whether the command succeeds. */
  succeeds(...args: readonly string[]): boolean {
    return spawnSync('kubectl', args, { env: this.environment(), stdio: 'ignore' }).status === 0;
  }

  /** Applies an object as Argo CD does; false where the API server refuses it. */
  apply(object: YamlMap): boolean {
    const input = JSON.stringify(object)
      .replaceAll('"shop"', `"${this.name}"`)
      .replaceAll('"registry.k8s.io/pause:3.10"', `"${this.image}"`);
    const args = ['apply', '--server-side', '--force-conflicts', '--field-manager=argocd-controller', '--filename=-'];
    return (
      spawnSync('kubectl', args, { env: this.environment(), input, stdio: ['pipe', 'ignore', 'pipe'] }).status === 0
    );
  }

  list(kind: string): readonly Item[] {
    return (JSON.parse(this.kubectl('get', kind, '--namespace', this.name, '--output=json')) as Listed).items;
  }

  /** Whether a pod may be evicted, without evicting it. */
  evictable(pod: string): boolean {
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: pod, namespace: this.name },
      deleteOptions: { dryRun: ['All'] },
    };
    const path = `/api/v1/namespaces/${this.name}/pods/${pod}/eviction`;
    const { status } = spawnSync('kubectl', ['create', `--raw=${path}`, '--filename=-'], {
      env: this.environment(),
      input: JSON.stringify(eviction),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return status === 0;
  }

  remove(): void {
    this.kubectl('delete', 'namespace', this.name, '--wait=false', '--ignore-not-found');
  }

  private environment(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: this.kubeconfig };
  }
}

/** The image of pause containers that the nodes of a cluster already hold. */
export function heldImage(kubeconfig: string): string {
  const nodes = JSON.parse(
    execFileSync('kubectl', ['get', 'nodes', '--output=json'], {
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: kubeconfig },
    }),
  ) as { items: readonly { status: { images: readonly { names: readonly string[] }[] } }[] };
  const names = nodes.items[0]!.status.images.flatMap((image) => image.names);
  const pause = names.find((name) => /\/pause:/.test(name));
  if (pause === undefined) throw new Error('the nodes hold no pause image');
  return pause;
}
