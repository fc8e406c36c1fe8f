import type * as pulumi from '@pulumi/pulumi';
import { isClusterWide, type KubernetesObject, type Transform } from './kubernetes-object';

/** What one container asks of its node, and the most memory it may take. */
export interface ContainerResources {
  readonly cpuRequest: string;
  readonly memoryRequest: string;
  /** @default none */
  readonly memoryLimit?: string;
}

/* eslint-disable @typescript-eslint/no-explicit-any -- objects of upstream manifests have no type here */

/** A copy of the object that `change` may write to. */
export function edited(object: KubernetesObject, change: (copy: any) => void): KubernetesObject {
  const copy = JSON.parse(JSON.stringify(object)) as KubernetesObject;
  change(copy);
  return copy;
}

const hasPods = (object: KubernetesObject): boolean => (object as any).spec?.template?.spec !== undefined;

/** Only objects of that kind and, where it is given, that name. */
export function only(kind: string, name: string | undefined, transform: Transform): Transform {
  return (object) =>
    object.kind === kind && (name === undefined || object.metadata.name === name) ? transform(object) : object;
}

/** Objects that name no namespace would otherwise end up in `default`. */
export function inNamespace(namespace: string): Transform {
  return (object) =>
    isClusterWide(object) || object.metadata.namespace !== undefined
      ? object
      : { ...object, metadata: { ...object.metadata, namespace } };
}

/** Keeps everything of the platform itself off the nodes of the services. */
export function onTier(tier: string): Transform {
  return (object) =>
    hasPods(object)
      ? edited(object, (copy) => {
          const pod = copy.spec.template.spec;
          pod.nodeSelector = { ...pod.nodeSelector, tier };
          // upstream lets some of them run on the control plane, where our node selector would leave them pending
          delete pod.tolerations;
        })
      : object;
}

/** What containers ask for, init containers too, where upstream says nothing or more than a small machine has. */
export function withResources(resources: ContainerResources): Transform {
  const { cpuRequest, memoryRequest, memoryLimit } = resources;
  return (object) =>
    hasPods(object)
      ? edited(object, (copy) => {
          const pod = copy.spec.template.spec;
          for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
            container.resources = {
              requests: { cpu: cpuRequest, memory: memoryRequest },
              ...(memoryLimit !== undefined && { limits: { memory: memoryLimit } }),
            };
          }
        })
      : object;
}

/** How often pods are asked whether they are ready, in seconds; a pod is not seen to be ready any sooner. */
export function lookingOften(periodSeconds: number): Transform {
  return (object) =>
    hasPods(object)
      ? edited(object, (copy) => {
          for (const container of copy.spec.template.spec.containers) {
            if (container.readinessProbe === undefined) continue;
            Object.assign(container.readinessProbe, { periodSeconds, initialDelaySeconds: 1 });
          }
        })
      : object;
}

/** Values of a ConfigMap, added to what upstream sets. */
export function withData(data: Readonly<Record<string, string>>): Transform {
  return (object) => ({ ...object, data: { ...(object as any).data, ...data } });
}

/** Values of a Secret, added to what others keep in it. */
export function withSecrets(stringData: Readonly<Record<string, pulumi.Input<string>>>): Transform {
  return (object) => ({ ...object, stringData });
}

/** Keeps a Deployment in the manifest without running it. */
export function switchedOff(name: string): Transform {
  return only('Deployment', name, (object) => edited(object, (copy) => (copy.spec.replicas = 0)));
}

/** The engine goes on as soon as the API server has the object. */
export function withoutWaiting(object: KubernetesObject): KubernetesObject {
  const annotations = { ...object.metadata.annotations, 'pulumi.com/skipAwait': 'true' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Labels a namespace with what Pod Security allows in it, and with more where there is more to say. */
export function namespaceLabels(
  level: 'restricted' | 'baseline' | 'privileged',
  labels: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
    ...labels,
  };
}

/** One transform after the other. */
export function inOrder(...transforms: readonly Transform[]): Transform {
  return (object) => transforms.reduce((result, transform) => transform(result), object);
}
