import type { ResourceTypes } from '../resource-type';
import type { Surroundings } from '../surroundings';
import { deployKey } from './deploy-key';
import { deliveredApplications } from './delivered-applications';
import { firstDelivery, type Deliver } from './first-delivery';
import { forgeAccess } from './forge-access';
import { forgeBranchProtection } from './forge-branch-protection';
import { forgeHook } from './forge-hook';
import { forgeLabel } from './forge-label';
import { forgeOrganization } from './forge-organization';
import { forgeRepository } from './forge-repository';
import { forgeSecret } from './forge-secret';
import { forgeTeam } from './forge-team';
import { forgeToken } from './forge-token';
import { forgeUser } from './forge-user';
import { forgeVariable } from './forge-variable';
import { kubernetesCluster } from './kubernetes-cluster';
import { mirroredImages } from './mirrored-images';
import { randomPassword } from './random-password';
import { registry } from './registry';
import { serviceImages, type BuildServices } from './service-images';

/** Everything that the plugin serves, by its name in `slipway:index:<name>`. */
export function resourceTypes(
  surroundings: Surroundings,
  { build, deliver }: { readonly build: BuildServices; readonly deliver: Deliver },
): ResourceTypes {
  const cluster = kubernetesCluster(surroundings);
  return {
    DeployKey: deployKey,
    DeliveredApplications: deliveredApplications(surroundings),
    FirstDelivery: firstDelivery(deliver),
    ForgeAccess: forgeAccess,
    ForgeBranchProtection: forgeBranchProtection,
    ForgeHook: forgeHook,
    ForgeLabel: forgeLabel,
    ForgeOrganization: forgeOrganization,
    ForgeRepository: forgeRepository,
    ForgeSecret: forgeSecret,
    ForgeTeam: forgeTeam,
    ForgeToken: forgeToken,
    ForgeUser: forgeUser,
    ForgeVariable: forgeVariable,
    // how stacks that were made with kind alone call it; the next `up` renames it
    KindCluster: cluster,
    KubernetesCluster: cluster,
    MirroredImages: mirroredImages(surroundings),
    RandomPassword: randomPassword,
    Registry: registry(surroundings),
    ServiceImages: serviceImages(build),
  };
}
