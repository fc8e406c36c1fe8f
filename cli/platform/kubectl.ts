import path from 'node:path';
import { CommandFailed, exec, type ExecOptions } from '../../core/exec';
import { UserError } from '../../core/errors';
import { clusterFolder } from '../../infra/cluster/folders';
import { isSilent } from '../../infra/cluster/silent';
import { requirePlatform, type Project } from './project';

/** The part of every Kubernetes object that is used here. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
}

/** The supply's kubectl against the platform's own cluster, whatever the user's own configuration says. */
export interface Kubectl {
  run(args: readonly string[], options?: ExecOptions): Promise<string>;
  list<T extends KubernetesObject>(kind: string, args?: readonly string[]): Promise<readonly T[]>;
  get<T extends KubernetesObject>(kind: string, name: string, namespace: string): Promise<T | undefined>;
  /** The same on another cluster of the platform. @param cluster as the catalog calls it; undefined for the one with Argo CD */
  on(cluster: string | undefined): Kubectl;
}

const REQUEST_TIMEOUT_SECONDS = 10;

/** The kubeconfig of one of the platform's clusters. */
function kubeconfigOf({ kubeconfig, state, settings }: Project, cluster: string | undefined): string {
  if (cluster === undefined) return kubeconfig;
  return path.join(clusterFolder(state, settings.name, `${settings.name}-${cluster}`), 'kubeconfig');
}

/**
 * @param cluster as the catalog calls it. @default the one with Argo CD
 * @throws UserError where this project has no platform on this machine
 */
export function createKubectl(project: Project, signal?: AbortSignal, cluster?: string): Kubectl {
  requirePlatform(project);
  const kubeconfig = kubeconfigOf(project, cluster);
  const run: Kubectl['run'] = async (args, options = {}) => {
    const { stdout } = await exec(
      path.join(project.bin, 'kubectl'),
      [`--request-timeout=${REQUEST_TIMEOUT_SECONDS}s`, ...args],
      {
        timeoutMs: 60_000,
        ...(signal && { signal }),
        ...options,
        env: { KUBECONFIG: kubeconfig, ...options.env },
      },
    ).catch((error: unknown) => {
      throw explain(error, project, cluster);
    });
    return stdout;
  };
  return {
    run,
    list: async <T extends KubernetesObject>(kind: string, args: readonly string[] = ['--all-namespaces']) =>
      (JSON.parse(await run(['get', kind, '--output=json', ...args])) as { readonly items: readonly T[] }).items,
    get: async <T extends KubernetesObject>(kind: string, name: string, namespace: string) => {
      const text = await run(['get', kind, name, `--namespace=${namespace}`, '--output=json', '--ignore-not-found']);
      return text.trim() === '' ? undefined : (JSON.parse(text) as T);
    },
    on: (other) => createKubectl(project, signal, other),
  };
}

function explain(error: unknown, { settings }: Project, cluster: string | undefined): unknown {
  if (!(error instanceof CommandFailed) || !isSilent(error)) return error;
  return new UserError(
    `the cluster${cluster === undefined ? '' : ` ${cluster}`} of platform ${settings.name} does not answer`,
    {
      details: error.details.slice(-2),
      repair: '`npx slipway up` starts or mends it',
      cause: error,
    },
  );
}
