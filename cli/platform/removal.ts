import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../apps/model';
import { UserError } from '../../core/errors';
import type { Step } from '../../core/progress';
import type { Application } from './applications';
import type { Kubectl } from './kubectl';
import { plainMessage } from './messages';

/** What is left of a service in an environment that keeps what leaves Git. */
export interface Leftovers {
  /** Its Application, if Argo CD has one. */
  readonly application?: string;
  /** Objects that the Application deployed: `Deployment orders`. */
  readonly objects: readonly string[];
  /** Its network policy, which the environment's own Application holds. */
  readonly policy: boolean;
}

type Place = Pick<Environment, 'name' | 'namespace'>;

const applicationOf = (service: string, { name }: Place): string => `${name}-${service}`;

/** Looks for what a service left. Changes nothing. */
export async function findLeftovers(kubectl: Kubectl, service: string, environment: Place): Promise<Leftovers> {
  const name = applicationOf(service, environment);
  const [application, own] = await Promise.all([
    kubectl.get<Application>('applications.argoproj.io', name, 'argocd'),
    kubectl.get<Application>('applications.argoproj.io', environment.name, 'argocd'),
  ]);
  return {
    ...(application && { application: name }),
    objects: (application?.status?.resources ?? []).map((object) => `${object.kind} ${object.name}`),
    policy: (own?.status?.resources ?? []).some((object) => object.kind === 'NetworkPolicy' && object.name === service),
  };
}

const TIMEOUT_MS = 180_000;

async function until(what: string, signal: AbortSignal, done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await done())) {
    if (Date.now() > deadline) {
      throw new UserError(`${what} did not end within ${TIMEOUT_MS / 1000} s`, {
        repair: 'run the same command again; `npx slipway status` says what Argo CD is at',
      });
    }
    await sleep(1000, undefined, { signal });
  }
}

/**
 * Lets Argo CD delete what it deployed for an Application, and then the Application: the finalizer that kept Applications do
 * not have says so.
 */
async function deleteApplication(kubectl: Kubectl, name: string, signal: AbortSignal): Promise<void> {
  const cascade = { metadata: { finalizers: ['resources-finalizer.argocd.argoproj.io'] } };
  const at = ['--namespace=argocd'];
  await kubectl.run([
    'patch',
    'applications.argoproj.io',
    name,
    ...at,
    '--type=merge',
    '--patch',
    JSON.stringify(cascade),
  ]);
  await kubectl.run(['delete', 'applications.argoproj.io', name, ...at, '--wait=false']);
  await until(`the deletion of ${name}`, signal, async () => {
    return (await kubectl.get('applications.argoproj.io', name, 'argocd')) === undefined;
  });
}

/** Lets the environment's own Application prune one network policy, which it never does by itself. */
async function prunePolicy(kubectl: Kubectl, service: string, environment: Place, signal: AbortSignal): Promise<void> {
  const { name, namespace } = environment;
  const resources = [{ group: 'networking.k8s.io', kind: 'NetworkPolicy', name: service, namespace }];
  const operation = { operation: { initiatedBy: { username: 'slipway' }, sync: { prune: true, resources } } };
  await kubectl.run([
    ...['patch', 'applications.argoproj.io', name, '--namespace=argocd', '--type=merge'],
    ...['--patch', JSON.stringify(operation)],
  ]);
  await until(`pruning NetworkPolicy ${service}`, signal, async () => {
    const application = await kubectl.get<Application>('applications.argoproj.io', name, 'argocd');
    const { phase, message } = application?.status?.operationState ?? {};
    const left = (application?.status?.resources ?? []).some(
      (object) => object.kind === 'NetworkPolicy' && object.name === service,
    );
    if (left && (phase === 'Failed' || phase === 'Error')) {
      throw new UserError(
        `Argo CD cannot prune NetworkPolicy ${service}: ${plainMessage(message ?? 'no reason given')}`,
      );
    }
    return !left;
  });
}

/** Deletes what a service left, through Argo CD, so that it works in whichever cluster the environment is. */
export async function deleteLeftovers(
  kubectl: Kubectl,
  service: string,
  environment: Place,
  { leftovers, step, signal }: { readonly leftovers: Leftovers; readonly step: Step; readonly signal: AbortSignal },
): Promise<void> {
  if (leftovers.application !== undefined) {
    step.detail(`Application ${leftovers.application} and its ${leftovers.objects.length} objects`);
    await deleteApplication(kubectl, leftovers.application, signal);
  }
  if (leftovers.policy) {
    step.detail(`NetworkPolicy ${service}`);
    await prunePolicy(kubectl, service, environment, signal);
  }
}
