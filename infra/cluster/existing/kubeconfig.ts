import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { looksLikeProduction } from '../../../apps/cluster';
import { UserError } from '../../../core/errors';
import { CommandFailed, exec } from '../../../core/exec';
import type { DriverContext } from '../driver';
import type { ExistingSpec } from './spec';

/** Where a platform's commands are told of the user's own kubeconfig, since theirs is the platform's. */
export const USER_KUBECONFIG = 'SLIPWAY_KUBECONFIG';

/** The user's kubeconfig files as kubectl takes them: the one that is named, else $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigSource(
  { kubeconfig }: Pick<ExistingSpec, 'kubeconfig'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return (
    kubeconfig ??
    (environment[USER_KUBECONFIG] || environment['KUBECONFIG'] || path.join(os.homedir(), '.kube', 'config'))
  );
}

interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server?: string } }[];
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster?: string } }[];
}

/** What the context alone needs: its cluster, its user, with files read into it. */
export interface ContextFacts {
  /** Content of a kubeconfig. */
  readonly content: string;
  readonly server: string;
  readonly cluster: string;
}

async function contextNames(kubectl: string, source: string): Promise<readonly string[]> {
  const { stdout } = await exec(kubectl, ['config', 'get-contexts', '--output=name'], {
    env: { KUBECONFIG: source },
    timeoutMs: 20_000,
    allowFailure: true,
  });
  return stdout.split('\n').filter((name) => name !== '');
}

/**
 * Reads one context out of the user's kubeconfig, which is not changed. Nothing is asked of the cluster.
 *
 * @throws UserError where there is no such file or context, or where it looks like production and that was not confirmed
 */
export async function readContext(spec: ExistingSpec, { tool }: DriverContext): Promise<ContextFacts> {
  const source = kubeconfigSource(spec);
  if (!source.split(path.delimiter).some((file) => existsSync(file))) {
    throw new UserError(`there is no kubeconfig at ${source}`, {
      repair: 'set cluster.kubeconfig in apps/platform.ts, or KUBECONFIG, to the file that holds the context',
    });
  }
  const kubectl = await tool('kubectl');
  const args = ['config', 'view', '--minify', '--flatten', '--raw', `--context=${spec.context}`];
  const { stdout } = await exec(kubectl, args, { env: { KUBECONFIG: source }, timeoutMs: 20_000 }).catch(
    async (error: unknown) => {
      if (!(error instanceof CommandFailed)) throw error;
      const known = await contextNames(kubectl, source);
      throw known.includes(spec.context)
        ? new UserError(`the context "${spec.context}" of ${source} cannot be read`, { details: error.details })
        : new UserError(`${source} has no context "${spec.context}"`, {
            details: known.map((name) => `it has ${name}`),
            repair: 'set cluster.context in apps/platform.ts to one of them',
          });
    },
  );
  const { clusters = [], contexts = [] } = parse(stdout) as Kubeconfig;
  const cluster = contexts[0]?.context.cluster ?? '';
  const server = clusters[0]?.cluster.server ?? '';
  refuseProduction(spec, { cluster, server });
  return { content: stdout, server, cluster };
}

/** The name of the context is the catalog's matter; what it leads to is seen only here. */
function refuseProduction(spec: ExistingSpec, { cluster, server }: Pick<ContextFacts, 'cluster' | 'server'>): void {
  if (spec.confirmProduction === spec.context) return;
  const host = URL.canParse(server) ? new URL(server).hostname : server;
  const telling = [
    ['the context', spec.context],
    ['its cluster', cluster],
    ['its server', host],
  ].find(([, name]) => looksLikeProduction(name!));
  if (telling === undefined) return;
  throw new UserError(`${telling[0]} "${telling[1]}" looks like production, and nothing was changed`, {
    repair: `choose another context, or write confirmProduction: ${JSON.stringify(spec.context)} beside it in apps/platform.ts once you are sure`,
  });
}
