import { existsSync } from 'node:fs';
import type { Released } from '../../apps/model';
import { describeError, UserError } from '../../core/errors';
import type { KnownStatus } from '../../forge';
import type { CommandContext } from '../context';
import { ExitError } from '../run';
import { judge, type Application } from './applications';
import { openCopy } from './copy';
import { createKubectl, type Kubectl } from './kubectl';
import type { Pod } from './pod-faults';
import type { Project } from './project';
import { ensureCommands } from './tools';

/** What would be promoted is not Synced and Healthy where it comes from. */
export const NOT_HEALTHY = 4;

type Admit = (service: string, release: Released) => Promise<void>;

interface Running extends Application {
  readonly status?: Application['status'] & { readonly summary?: { readonly images?: readonly string[] } };
}

/** The cluster that says how things are: of this machine's platform, or the one that CI was given a file for. */
async function clusterOf(project: Project, { signal }: CommandContext): Promise<Kubectl> {
  const kubeconfig = process.env['SLIPWAY_KUBECONFIG'];
  if (!kubeconfig) return createKubectl(project, signal);
  await ensureCommands(project);
  return createKubectl({ ...project, kubeconfig }, signal);
}

/** They only say why. The file that CI was given leads to no further cluster, so theirs are not known there. */
async function podsOf(kubectl: Kubectl, cluster: string | undefined, args: readonly string[]): Promise<readonly Pod[]> {
  if (cluster === undefined) return kubectl.list<Pod>('pods', args);
  return kubectl
    .on(cluster)
    .list<Pod>('pods', args)
    .catch(() => []);
}

function refuse(service: string, environment: string, reason: string): ExitError {
  return new ExitError(
    NOT_HEALTHY,
    new UserError(`${service} is not healthy in ${environment}: ${reason}`, {
      repair: 'wait until `npx slipway status` shows it as Healthy, or give --force --reason <text>',
    }),
  );
}

/** Refuses what Argo CD does not find Synced and Healthy with that very digest. */
function byArgoCd(project: Project, context: CommandContext, environment: string): Admit {
  const { namespace, cluster } = project.catalog.environments.find(({ name }) => name === environment)!;
  let asked: Promise<Kubectl> | undefined;
  return async (service, release) => {
    let application: Running | undefined;
    let pods: readonly Pod[];
    try {
      const kubectl = await (asked ??= clusterOf(project, context));
      const selector = `--selector=app.kubernetes.io/name=${service}`;
      [application, pods] = await Promise.all([
        kubectl.get<Running>('applications.argoproj.io', `${environment}-${service}`, 'argocd'),
        podsOf(kubectl, cluster, [`--namespace=${namespace}`, selector]),
      ]);
    } catch (error) {
      context.signal.throwIfAborted();
      throw refuse(service, environment, `Argo CD cannot be asked (${describeError(error).split('\n')[0]})`);
    }
    const { sync, health, reason } = judge(application, pods);
    if (sync !== 'Synced' || health !== 'Healthy') {
      throw refuse(service, environment, `${sync}, ${health}${reason === undefined ? '' : `, ${reason}`}`);
    }
    const images = application?.status?.summary?.images ?? [];
    if (!images.some((image) => image.endsWith(`@${release.digest}`))) {
      throw refuse(service, environment, `it runs ${images.join(', ') || 'nothing'}, not ${release.digest}`);
    }
  };
}

/** Refuses what Argo CD has not told the source commit to be running: the newest word of it counts. */
function byStatus(project: Project, context: CommandContext, environment: string, remote: string | undefined): Admit {
  const { organization, repository: platform } = project.catalog.platform.forge;
  let copy: ReturnType<typeof openCopy> | undefined;
  return async (service, release) => {
    const own = project.catalog.services.find(({ name }) => name === service)?.repository;
    const [owner, name] = own?.split('/') ?? [organization, platform];
    const { source } = release;
    if (source === undefined) throw refuse(service, environment, 'which commit it was built from is not known');
    let status: KnownStatus | undefined;
    try {
      copy ??= openCopy(project, context, remote === undefined ? {} : { remote });
      const forge = (await copy).forge();
      status = await forge.statusOf({ owner: owner!, name: name! }, source, `cd/${environment}/${service}`);
    } catch (error) {
      context.signal.throwIfAborted();
      throw refuse(service, environment, `nobody can be asked (${describeError(error).split('\n')[0]})`);
    }
    if (status?.state === 'success') return;
    const commit = source.slice(0, 7);
    const said = status === undefined ? 'there is no status' : `the status is ${status.state}: ${status.description}`;
    throw refuse(service, environment, `${said} (cd/${environment}/${service} of ${commit})`);
  };
}

/**
 * Refuses a release that does not run well in the environment that it comes from. The cluster is asked where this machine
 * has a platform or CI was given `SLIPWAY_KUBECONFIG`; else the forge, for what Argo CD told the source commit.
 *
 * @param remote what the command line gave as the platform's repository. @default none
 * @throws ExitError with 4 where it does not, or where nobody can be asked
 */
export function admission(project: Project, context: CommandContext, environment: string, remote?: string): Admit {
  const cluster = Boolean(process.env['SLIPWAY_KUBECONFIG']) || existsSync(project.kubeconfig);
  return cluster ? byArgoCd(project, context, environment) : byStatus(project, context, environment, remote);
}
