import type * as pulumi from '@pulumi/pulumi';
import type { Catalog } from '../../apps/model';
import type { ArgoCd } from '../components/argo-cd';
import type { Cluster } from '../components/cluster';
import type { ClusterNamesArgs } from '../components/cluster-names';
import type { HostAlias } from '../components/host-aliases';
import type { IngressController } from '../components/ingress-controller';
import type { NotificationSecretArgs } from '../components/notification-secret';
import type { NotificationSettings } from '../components/notifications';
import type { MachineSettings } from '../settings';

/** How Argo CD signs in to read the platform's repository. */
export type RepositoryCredential =
  | { readonly username: pulumi.Input<string>; readonly password: pulumi.Input<string> }
  | { readonly sshPrivateKey: pulumi.Input<string> };

/** What a forge is made for. */
export interface ForgeSurroundings {
  readonly catalog: Catalog;
  readonly settings: MachineSettings;
  readonly cluster: Cluster;
}

/** What has to be there before the forge can be filled and reached. */
export interface ForgeNeeds {
  readonly ingress: pulumi.Resource & Pick<IngressController, 'balancer'>;
  /** The images of services without a release. */
  readonly services: pulumi.Resource;
  readonly argoCd: ArgoCd;
}

/** The platform's repository, delivered to once. */
export interface PlatformCopy {
  readonly credential: RepositoryCredential;
  /** The commit after the first delivery. */
  readonly commit: pulumi.Output<string>;
  /** By which commits are told what became of them. */
  readonly notificationSecrets: NotificationSecretArgs;
  /** What Argo CD waits for before it follows the repository. */
  readonly ready: readonly pulumi.Resource[];
}

/** Where the platform's repository is. What is made of it knows no more of it than this. */
export interface Forge {
  /** The API that generators of Argo CD may ask. */
  readonly apiUrl: string;
  /** Its page for people. */
  readonly webUrl: string;
  /** The command that says how to sign in. @default people have an account there */
  readonly credentials?: string;
  /** How commits are told what became of them. */
  readonly notifications: Pick<NotificationSettings, 'forge' | 'forgeUrl'>;
  /** Names that mean a Service of the cluster. */
  readonly names: ClusterNamesArgs['names'];
  /** The same for pods of a cluster whose DNS is not ours to teach. */
  readonly aliases: readonly HostAlias[];
  /** Makes the platform's repository and fills it. */
  open(needs: ForgeNeeds): PlatformCopy;
}
