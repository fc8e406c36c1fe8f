import type { Released } from '../../apps/model';
import { describeError, UserError } from '../../core/errors';
import type { CommandContext } from '../context';
import { ExitError } from '../run';
import { judge, type Application } from './applications';
import { createKubectl, type Kubectl } from './kubectl';
import type { Pod } from './pod-faults';
import type { Project } from './project';
import { ensureCommands } from './tools';

/** What would be promoted is not Synced and Healthy where it comes from. */
export const NOT_HEALTHY = 4;

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

function refuse(service: string, environment: string, reason: string): ExitError {
  return new ExitError(
    NOT_HEALTHY,
    new UserError(`${service} is not healthy in ${environment}: ${reason}`, {
      repair: 'wait until `npx slipway status` shows it as Healthy, or give --force --reason <text>',
    }),
  );
}

/**
 * Refuses a release that does not run well in the environment that it comes from: Argo CD has to find it Synced and Healthy
 * with that very digest.
 *
 * @throws ExitError with 4 where it is not, or where that cannot be asked
 */
export function admission(project: Project, context: CommandContext, environment: string) {
  let asked: Promise<Kubectl> | undefined;
  return async (service: string, release: Released): Promise<void> => {
    const { namespace } = project.catalog.environments.find(({ name }) => name === environment)!;
    let application: Running | undefined;
    let pods: readonly Pod[];
    try {
      const kubectl = await (asked ??= clusterOf(project, context));
      const selector = `--selector=app.kubernetes.io/name=${service}`;
      [application, pods] = await Promise.all([
        kubectl.get<Running>('applications.argoproj.io', `${environment}-${service}`, 'argocd'),
        kubectl.list<Pod>('pods', [`--namespace=${namespace}`, selector]),
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
