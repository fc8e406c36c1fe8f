import type * as pulumi from '@pulumi/pulumi';

/** IDs of what GitHub has already and Pulumi does not know, by the name of its resource. */
export type Adoptions = Readonly<Record<string, string>>;

/**
 * What belongs to a repository outlives this platform: it stays on GitHub whatever is done to the stack. What is there
 * already is taken over as it is found, and then brought to what the program says.
 */
export function kept(
  parent: pulumi.Resource,
  adopt: Adoptions = {},
  name?: string,
): pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource } {
  const id = name === undefined ? undefined : adopt[name];
  return { parent, retainOnDelete: true, ...(id !== undefined && { import: id }) };
}
