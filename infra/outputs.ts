import type * as pulumi from '@pulumi/pulumi';
import type { Deployment, Platform } from '../apps/model';
import type { MachineSettings } from './settings';

/** What `pulumi stack output` shows. No secret is among it: how to get one is said instead. */
export interface PlatformOutputs {
  readonly name: string;
  /** Web pages of the platform: `argocd` and `git`. */
  readonly urls: Readonly<Record<string, string>>;
  /** `<environment>/<service>` to its address, for those that can be reached from outside. */
  readonly services: Readonly<Record<string, string>>;
  /** Path of the cluster's own kubeconfig. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly ingress: string;
  readonly supply: string;
  /** Address on this machine to which images are pushed. */
  readonly registry: pulumi.Output<string>;
  /** Where this machine reaches the ingress. */
  readonly address: pulumi.Output<string>;
  /** The commands that print users and passwords. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The commit of the platform's own copy after its first delivery. */
  readonly firstDelivery: pulumi.Output<string>;
}

/** The address of a host on this machine. */
export function urlOn(host: string, httpPort: number): string {
  return `http://${host}${httpPort === 80 ? '' : `:${httpPort}`}`;
}

export function platformOutputs(facts: {
  readonly platform: Platform;
  readonly deployments: readonly Deployment[];
  readonly settings: MachineSettings;
  readonly forge: { readonly webUrl: string; readonly credentials?: string };
  readonly kubeconfig: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  readonly registry: pulumi.Output<string>;
  readonly commit: pulumi.Output<string>;
}): PlatformOutputs {
  const { platform, deployments, settings, forge } = facts;
  const { name, httpPort, ingress, supply } = settings;
  const exposed = deployments.filter((deployment) => deployment.ingress.exposed);
  return {
    name,
    urls: { argocd: urlOn(platform.argocd.host, httpPort), git: forge.webUrl },
    services: Object.fromEntries(
      exposed.map(({ environment, name: service, ingress: { host } }) => [
        `${environment}/${service}`,
        urlOn(host, httpPort),
      ]),
    ),
    kubeconfig: facts.kubeconfig,
    ingress,
    supply,
    registry: facts.registry,
    address: facts.address,
    credentials: {
      argocd: 'npx slipway credentials argocd',
      ...(forge.credentials !== undefined && { git: forge.credentials }),
    },
    firstDelivery: facts.commit,
  };
}
