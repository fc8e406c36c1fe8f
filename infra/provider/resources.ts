import * as pulumi from '@pulumi/pulumi';
import type { DeliveredApplicationsInputs } from './types/delivered-applications';
import type { DeployKeyInputs, DeployKeyOutputs } from './types/deploy-key';
import type { FirstDeliveryInputs, FirstDeliveryOutputs } from './types/first-delivery';
import type { ForgeAccessInputs } from './types/forge-access';
import type { ForgeOrganizationInputs } from './types/forge-organization';
import type { ForgeRepositoryInputs } from './types/forge-repository';
import type { ForgeBranchProtectionInputs } from './types/forge-branch-protection';
import type { ForgeHookInputs } from './types/forge-hook';
import type { ForgeLabelInputs } from './types/forge-label';
import type { ForgeSecretInputs } from './types/forge-secret';
import type { ForgeTeamInputs } from './types/forge-team';
import type { ForgeVariableInputs } from './types/forge-variable';
import type { ForgeTokenInputs, ForgeTokenOutputs } from './types/forge-token';
import type { ForgeUserInputs } from './types/forge-user';
import type { KubernetesClusterInputs, KubernetesClusterOutputs } from './types/kubernetes-cluster';
import type { MirroredImagesInputs } from './types/mirrored-images';
import type { RandomPasswordInputs, RandomPasswordOutputs } from './types/random-password';
import type { RegistryInputs, RegistryOutputs } from './types/registry';
import type { ServiceImagesInputs } from './types/service-images';

type Args<Inputs> = { readonly [Name in keyof Inputs]: pulumi.Input<Inputs[Name]> };

/** The inputs, and a place for each output that the plugin fills. */
function properties(args: object, outputs: readonly string[]): pulumi.Inputs {
  return { ...args, ...Object.fromEntries(outputs.map((name) => [name, undefined])) };
}

/** The local registry: a container with a volume, which nodes find by its name and this machine on loopback. */
export class Registry extends pulumi.CustomResource {
  declare readonly address: pulumi.Output<RegistryOutputs['address']>;

  constructor(name: string, args: Args<RegistryInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:Registry', name, properties(args, ['address']), opts);
  }
}

/** A cluster, whatever makes or keeps it. */
export class KubernetesCluster extends pulumi.CustomResource {
  declare readonly clusterId: pulumi.Output<KubernetesClusterOutputs['clusterId']>;
  declare readonly kubeconfig: pulumi.Output<KubernetesClusterOutputs['kubeconfig']>;
  declare readonly kubeconfigFile: pulumi.Output<KubernetesClusterOutputs['kubeconfigFile']>;
  declare readonly ingressAddress: pulumi.Output<KubernetesClusterOutputs['ingressAddress']>;
  declare readonly serverForOthers: pulumi.Output<KubernetesClusterOutputs['serverForOthers']>;

  constructor(name: string, args: Args<KubernetesClusterInputs>, opts?: pulumi.CustomResourceOptions) {
    const outputs = ['clusterId', 'kubeconfig', 'kubeconfigFile', 'ingressAddress', 'serverForOthers'];
    super('slipway:index:KubernetesCluster', name, properties(args, outputs), {
      ...opts,
      aliases: [{ type: 'slipway:index:KindCluster' }],
      additionalSecretOutputs: ['kubeconfig'],
    });
  }
}

/** Images under their upstream names in the local registry, for nodes that reach no other. */
export class MirroredImages extends pulumi.CustomResource {
  constructor(name: string, args: Args<MirroredImagesInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:MirroredImages', name, { ...args }, opts);
  }
}

/** Images of the services that have no release yet, built while the cluster is still being made. */
export class ServiceImages extends pulumi.CustomResource {
  constructor(name: string, args: Args<ServiceImagesInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ServiceImages', name, { ...args }, opts);
  }
}

/** A value drawn once and kept in the state, encrypted. */
export class RandomPassword extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<RandomPasswordOutputs['value']>;

  /** @param args `bytes` is 32 where nothing is said */
  constructor(name: string, args: Partial<Args<RandomPasswordInputs>> = {}, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:RandomPassword', name, properties({ bytes: 32, ...args }, ['value']), {
      ...opts,
      additionalSecretOutputs: ['value'],
    });
  }
}

/** A pair of Ed25519 keys for SSH, drawn once. */
export class DeployKey extends pulumi.CustomResource {
  declare readonly publicKey: pulumi.Output<DeployKeyOutputs['publicKey']>;
  declare readonly privateKey: pulumi.Output<DeployKeyOutputs['privateKey']>;

  constructor(name: string, args: Args<DeployKeyInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:DeployKey', name, properties(args, ['publicKey', 'privateKey']), {
      ...opts,
      additionalSecretOutputs: ['privateKey'],
    });
  }
}

/** An organisation of the forge, private to its members. */
export class ForgeOrganization extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeOrganizationInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeOrganization', name, { ...args }, opts);
  }
}

/** A private, empty repository. */
export class ForgeRepository extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeRepositoryInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeRepository', name, { ...args }, opts);
  }
}

/** A user of the forge that sees only what it is given. */
export class ForgeUser extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeUserInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeUser', name, { ...args }, opts);
  }
}

/** What a user may do in one repository. */
export class ForgeAccess extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeAccessInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeAccess', name, { ...args }, opts);
  }
}

/** What some users may do in every repository of an organisation. */
export class ForgeTeam extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeTeamInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeTeam', name, { ...args }, opts);
  }
}

/** A token of a user for some of what the user may do. */
export class ForgeToken extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<ForgeTokenOutputs['value']>;

  constructor(name: string, args: Args<ForgeTokenInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeToken', name, properties(args, ['value', 'number']), {
      ...opts,
      additionalSecretOutputs: ['value'],
    });
  }
}

/** Tells an address, signed, of what happens in an organisation. */
export class ForgeHook extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeHookInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeHook', name, { ...args }, opts);
  }
}

/** A branch that changes by pull request alone, apart from those who may push to it. */
export class ForgeBranchProtection extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeBranchProtectionInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeBranchProtection', name, { ...args }, opts);
  }
}

/** A label of the pull requests of an organisation. */
export class ForgeLabel extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeLabelInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeLabel', name, { ...args }, opts);
  }
}

/** A secret of the workflows of an organisation. */
export class ForgeSecret extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeSecretInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeSecret', name, { ...args }, opts);
  }
}

/** A variable of the workflows of an organisation. */
export class ForgeVariable extends pulumi.CustomResource {
  constructor(name: string, args: Args<ForgeVariableInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:ForgeVariable', name, { ...args }, opts);
  }
}

/** The platform's own copy of the project, with everything released that had no release. Runs once. */
export class FirstDelivery extends pulumi.CustomResource {
  declare readonly commit: pulumi.Output<FirstDeliveryOutputs['commit']>;

  constructor(name: string, args: Args<FirstDeliveryInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:FirstDelivery', name, properties(args, ['commit']), opts);
  }
}

/** What Argo CD brought out of Git into a cluster that somebody else keeps: taken out before Argo CD goes. */
export class DeliveredApplications extends pulumi.CustomResource {
  constructor(name: string, args: Args<DeliveredApplicationsInputs>, opts?: pulumi.CustomResourceOptions) {
    super('slipway:index:DeliveredApplications', name, { ...args }, opts);
  }
}
