import * as pulumi from '@pulumi/pulumi';
import { mirrorImages, type ImageMirror } from './images';
import { withoutWaiting } from './transforms';
import {
  imagesOf,
  isPrerequisite,
  KubernetesResource,
  objectName,
  podSpecOf,
  type KubernetesObject,
} from './kubernetes-object';

export interface UpstreamManifestArgs {
  /** After our transforms. */
  readonly objects: readonly KubernetesObject[];
  /** @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
}

/**
 * The objects of a manifest, each a resource of its own: namespaces first, then what pods need, pods when their images
 * are there as well, and beside them whatever nothing waits for.
 */
export class UpstreamManifest extends pulumi.ComponentResource {
  /** The namespaces, and the definitions of its own kinds: what others need to make an object of these. */
  readonly definitions: readonly pulumi.Resource[];

  constructor(name: string, args: UpstreamManifestArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:UpstreamManifest', name, {}, opts);
    const { objects } = args;
    const images = mirrorImages(name, imagesOf(objects), args.mirror, { parent: this });
    const create = (object: KubernetesObject, dependsOn: readonly pulumi.Resource[]): pulumi.Resource =>
      new KubernetesResource(
        `${name}-${objectName(object)}`,
        // pods are waited for themselves; waiting for their Services as well would only keep others waiting
        object.kind === 'Service' ? withoutWaiting(object) : object,
        { parent: this, dependsOn: [...dependsOn] },
      );

    const namespaces = objects.filter(isNamespace).map((object) => create(object, []));
    const needed = objects.filter(isPrerequisite).map((object) => ({ object, resource: create(object, namespaces) }));
    const prerequisites = needed.map(({ resource }) => resource);
    for (const object of objects.filter((one) => !isNamespace(one) && !isPrerequisite(one))) {
      create(object, podSpecOf(object) === undefined ? namespaces : [...namespaces, ...prerequisites, ...images]);
    }
    this.definitions = [
      ...namespaces,
      ...needed.filter(({ object }) => object.kind === 'CustomResourceDefinition').map(({ resource }) => resource),
    ];
    this.registerOutputs();
  }
}

function isNamespace({ kind }: KubernetesObject): boolean {
  return kind === 'Namespace';
}
