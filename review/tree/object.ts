import type { Yaml } from '../../manifests/yaml';
import type { ObjectIdentity, Place } from '../model';

/** A mapping of a manifest. */
export interface YamlMap {
  readonly [key: string]: Yaml;
}

/** One object of a dist tree. */
export interface DistObject {
  /** With the namespace that it lands in, also where its manifest leaves that to Argo CD. */
  readonly identity: ObjectIdentity;
  readonly place: Place;
  /** The manifest as it is written; objects of equal text are equal. */
  readonly text: string;
  /** Read from the text when it is first asked for; empty where the text is not YAML. */
  readonly manifest: YamlMap;
}

/** API group of an object, empty for the core's. */
export function groupOf({ apiVersion }: { readonly apiVersion: string }): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** What makes two objects one for the API server: group, kind, namespace and name, not the version. */
export function keyOf(identity: ObjectIdentity): string {
  return `${groupOf(identity)}|${identity.kind}|${identity.namespace ?? ''}|${identity.name}`;
}

/** `Deployment production/service-a`, as messages name it. */
export function nameOf({ kind, namespace, name }: ObjectIdentity): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function isMap(value: unknown): value is YamlMap {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
