import { createHash } from 'node:crypto';
import type * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace } from '../namespaces';
import { argoCdSize, type ArgoCdLoad, type ArgoCdSize } from './argo-cd-size';
import type { Transform } from './kubernetes-object';
import { notifications, type NotificationSettings } from './notifications';
import {
  edited,
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

/**
 * `argocd-cm`: dist/ is plain YAML, so no renderer and no shell need to run in here.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/
 */
function configuration(url: string, { clusters }: ArgoCdLoad): Readonly<Record<string, string>> {
  return {
    url,
    'helm.enable': 'false',
    'jsonnet.enable': 'false',
    'kustomize.enable': 'false',
    'exec.enabled': 'false',
    'users.anonymous.enabled': 'false',
    'application.resourceTrackingMethod': 'annotation',
    // in other clusters it may see only what is its own, which is no error
    ...(clusters > 1 && { 'resource.respectRBAC': 'normal' }),
    // the forge is next door and small: asking it twice a minute costs nothing and a push is seen soon
    'timeout.reconciliation': '30s',
    'timeout.reconciliation.jitter': '5s',
  };
}

/** `argocd-cmd-params-cm`. @see https://argo-cd.readthedocs.io/en/stable/operator-manual/server-commands/additional-configuration-method/ */
function parameters(forgeUrl: string, size: ArgoCdSize): Readonly<Record<string, string>> {
  return {
    // TLS ends at the ingress
    'server.insecure': 'true',
    // generators may ask our own forge with secrets meant for that, and nobody else
    'applicationsetcontroller.allowed.scm.providers': forgeUrl,
    'applicationsetcontroller.enable.tokenref.strict.mode': 'true',
    // what is told of a rollout that fails is in the health of its objects
    'controller.resource.health.persist': 'true',
    // upstream keeps a commit that cannot be read to itself for three minutes, in case its server was only away; the
    // value is a duration, whatever the name says
    'controller.repo.error.grace.period.seconds': '30s',
    'controller.status.processors': String(size.statusProcessors),
    'controller.operation.processors': String(size.operationProcessors),
    'reposerver.parallelism.limit': String(size.manifestsAtATime),
  };
}

/** Requests that fit a small machine; the limits leave room for the number of Applications. */
const sizes = (size: ArgoCdSize) => ({
  'argocd-application-controller': {
    cpuRequest: '50m',
    memoryRequest: '192Mi',
    memoryLimit: size.controllerMemoryLimit,
  },
  'argocd-applicationset-controller': { cpuRequest: '10m', memoryRequest: '48Mi', memoryLimit: '256Mi' },
  'argocd-notifications-controller': { cpuRequest: '10m', memoryRequest: '48Mi', memoryLimit: '256Mi' },
  'argocd-redis': { cpuRequest: '10m', memoryRequest: '24Mi', memoryLimit: '128Mi' },
  'argocd-redis-ha-server': { cpuRequest: '10m', memoryRequest: '24Mi', memoryLimit: '256Mi' },
  'argocd-redis-ha-haproxy': { cpuRequest: '10m', memoryRequest: '24Mi', memoryLimit: '128Mi' },
  'argocd-repo-server': { cpuRequest: '50m', memoryRequest: '96Mi', memoryLimit: size.repositoryMemoryLimit },
  'argocd-server': { cpuRequest: '20m', memoryRequest: '64Mi', memoryLimit: '384Mi' },
  'argocd-dex-server': { cpuRequest: '10m', memoryRequest: '32Mi', memoryLimit: '128Mi' },
});

/* eslint-disable @typescript-eslint/no-explicit-any -- objects of upstream manifests have no type here */

/** Controllers that share the clusters; each has to know how many they are. */
function inShards(shards: number): Transform {
  return only('StatefulSet', 'argocd-application-controller', (object) =>
    edited(object, (copy) => {
      copy.spec.replicas = shards;
      for (const container of copy.spec.template.spec.containers) {
        const others = (container.env ?? []).filter(({ name }: any) => name !== 'ARGOCD_CONTROLLER_REPLICAS');
        container.env = [...others, { name: 'ARGOCD_CONTROLLER_REPLICAS', value: String(shards) }];
      }
    }),
  );
}

/** Its pods read `argocd-cmd-params-cm` when they start, and never again: another value means other pods. */
function restartedBy(values: Readonly<Record<string, string>>): Transform {
  const parameters = createHash('sha256').update(JSON.stringify(values)).digest('hex');
  return (object: any) =>
    object.spec?.template?.spec === undefined || /^argocd-redis/.test(object.metadata.name)
      ? object
      : edited(object, ({ spec: { template } }) => {
          const annotations = { ...template.metadata?.annotations, 'slipway.dev/parameters': parameters };
          template.metadata = { ...template.metadata, annotations };
        });
}

export interface ArgoCdSettings {
  /** The address of its web page. */
  readonly url: string;
  /** The address of the forge that generators may ask. */
  readonly forgeUrl: string;
  /** What the forge signs its events with. */
  readonly webhookSecret: pulumi.Input<string>;
  /** Who is told what became of a release, and how. */
  readonly notifications: Omit<NotificationSettings, 'argocdUrl'>;
  readonly load: ArgoCdLoad;
}

/** What we change in the upstream manifest, the highly available one or the other. */
export function argoCdTransform({ url, forgeUrl, webhookSecret, load, ...settings }: ArgoCdSettings): Transform {
  const size = argoCdSize(load);
  const given = parameters(forgeUrl, size);
  const sized = Object.entries(sizes(size)).flatMap(([name, size]) => [
    only('Deployment', name, withResources(size)),
    only('StatefulSet', name, withResources(size)),
  ]);
  return inOrder(
    inNamespace(argoCdNamespace),
    onTier('backstage'),
    // upstream looks every half a minute whether the server is ready, which is how long a start then takes
    lookingOften(2),
    ...sized,
    ...(size.shards > 1 ? [inShards(size.shards)] : []),
    // single sign-on is not set up, and dex without a connector only takes memory
    switchedOff('argocd-dex-server'),
    only('ConfigMap', 'argocd-cm', withData(configuration(url, load))),
    only('ConfigMap', 'argocd-cmd-params-cm', withData(given)),
    restartedBy(given),
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
