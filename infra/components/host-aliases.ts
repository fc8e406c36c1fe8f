import type * as pulumi from '@pulumi/pulumi';
import { podSpecOf, type KubernetesObject, type Transform } from './kubernetes-object';

/** A name that pods know without asking any DNS. */
export interface HostAlias {
  readonly ip: pulumi.Input<string>;
  readonly hostnames: readonly string[];
}

/** Tells pods names. Comes last: an address that is known only later cannot be copied. */
export function withHostAliases(aliases: readonly HostAlias[]): Transform {
  return (object) => {
    if (aliases.length === 0 || podSpecOf(object) === undefined) return object;
    const spec = object['spec'] as { readonly template: { readonly spec: object } };
    const pod = { ...spec.template.spec, hostAliases: aliases };
    return { ...object, spec: { ...spec, template: { ...spec.template, spec: pod } } } as KubernetesObject;
  };
}
