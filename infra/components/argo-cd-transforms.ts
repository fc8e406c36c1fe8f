import type * as pulumi from '@pulumi/pulumi';
import type { Transform } from './kubernetes-object';
import { notifications, type NotificationSettings } from './notifications';
import {
  inNamespace,
  inOrder,
  lookingOften,
  only,
  onTier,
  switchedOff,
  withData,
  withResources,
  withSecrets,
} from './transforms';

export const argoCdNamespace = 'argocd';

/**
 * `argocd-cm`: dist/ is plain YAML, so no renderer and no shell need to run in here.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/
 */
function configuration(url: string): Readonly<Record<string, string>> {
  return {
    url,
    'helm.enable': 'false',
    'jsonnet.enable': 'false',
    'kustomize.enable': 'false',
    'exec.enabled': 'false',
    'users.anonymous.enabled': 'false',
    'application.resourceTrackingMethod': 'annotation',
    // the forge is next door and small: asking it twice a minute costs nothing and a push is seen soon
    'timeout.reconciliation': '30s',
    'timeout.reconciliation.jitter': '5s',
  };
}

/** `argocd-cmd-params-cm`. @see https://argo-cd.readthedocs.io/en/stable/operator-manual/server-commands/additional-configuration-method/ */
function parameters(forgeUrl: string): Readonly<Record<string, string>> {
  return {
    // TLS ends at the ingress
    'server.insecure': 'true',
    // generators may ask our own forge with secrets meant for that, and nobody else
    'applicationsetcontroller.allowed.scm.providers': forgeUrl,
    'applicationsetcontroller.enable.tokenref.strict.mode': 'true',
    // what is told of a rollout that fails is in the health of its objects
    'controller.resource.health.persist': 'true',
    // two cores have no use for the default numbers of workers
    'controller.status.processors': '10',
    'controller.operation.processors': '5',
    // upstream keeps a commit that cannot be read to itself for three minutes, in case its server was only away; the
    // value is a duration, whatever the name says
    'controller.repo.error.grace.period.seconds': '30s',
    'reposerver.parallelism.limit': '4',
  };
}

/** Requests that fit a small machine; the limits leave room for hundreds of Applications. */
const sizes = {
  'argocd-application-controller': { cpuRequest: '50m', memoryRequest: '192Mi', memoryLimit: '1Gi' },
  'argocd-applicationset-controller': { cpuRequest: '10m', memoryRequest: '48Mi', memoryLimit: '256Mi' },
  'argocd-notifications-controller': { cpuRequest: '10m', memoryRequest: '48Mi', memoryLimit: '256Mi' },
  'argocd-redis': { cpuRequest: '10m', memoryRequest: '24Mi', memoryLimit: '128Mi' },
  'argocd-repo-server': { cpuRequest: '50m', memoryRequest: '96Mi', memoryLimit: '512Mi' },
  'argocd-server': { cpuRequest: '20m', memoryRequest: '64Mi', memoryLimit: '384Mi' },
  'argocd-dex-server': { cpuRequest: '10m', memoryRequest: '32Mi', memoryLimit: '128Mi' },
} as const;

export interface ArgoCdSettings {
  /** The address of its web page. */
  readonly url: string;
  /** The address of the forge that generators may ask. */
  readonly forgeUrl: string;
  /** What the forge signs its events with. */
  readonly webhookSecret: pulumi.Input<string>;
  /** Who is told what became of a release, and how. */
  readonly notifications: Omit<NotificationSettings, 'argocdUrl'>;
}

/** What we change in the upstream manifest. */
export function argoCdTransform({ url, forgeUrl, webhookSecret, ...settings }: ArgoCdSettings): Transform {
  const sized = Object.entries(sizes).flatMap(([name, size]) => [
    only('Deployment', name, withResources(size)),
    only('StatefulSet', name, withResources(size)),
  ]);
  return inOrder(
    inNamespace(argoCdNamespace),
    onTier('backstage'),
    // upstream looks every half a minute whether the server is ready, which is how long a start then takes
    lookingOften(2),
    ...sized,
    // single sign-on is not set up, and dex without a connector only takes memory
    switchedOff('argocd-dex-server'),
    only('ConfigMap', 'argocd-cm', withData(configuration(url))),
    only('ConfigMap', 'argocd-cmd-params-cm', withData(parameters(forgeUrl))),
    // what a default role allows cannot be taken away again by another
    only('ConfigMap', 'argocd-rbac-cm', withData({ 'policy.default': '' })),
    only(
      'ConfigMap',
      'argocd-notifications-cm',
      withData(notifications({ ...settings.notifications, argocdUrl: url })),
    ),
    // Gitea speaks as Gogs does, and Argo CD understands that
    only('Secret', 'argocd-secret', withSecrets({ 'webhook.gogs.secret': webhookSecret })),
  );
}
