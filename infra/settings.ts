import * as pulumi from '@pulumi/pulumi';
import { registryPortOf } from '../apps/cluster';
import type { IngressController, Platform } from '../apps/model';
import { receiverPort } from '../apps/reserved';
import type { SupplyMode } from './supply/types';

/** What differs from one machine to the next; the team's own settings are in apps/platform.ts. */
export interface MachineSettings {
  /** Prefix of everything that is made outside the cluster. */
  readonly name: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryPort: number;
  /** Of this machine, where the receiver of the local forge's events listens; the forge may reach no other. */
  readonly ciPort: number;
  /** Whether nodes pull images for themselves, or find those that were brought to the local registry. */
  readonly supply: SupplyMode;
  readonly ingress: IngressController;
  /** Where people are told what became of a release. @default nowhere */
  readonly slack?: {
    /** Without `#`. */
    readonly channel: string;
    /** Of a bot that may write there. */
    readonly token: pulumi.Output<string>;
  };
}

/**
 * Reads the stack's configuration: `platformName`, `httpPort`, `httpsPort`, `registryPort`, `ciPort`, `supply` (`published` or
 * `build`), `ingress`, `slackChannel` and the secret `slackToken`. What is not set is as the catalog says.
 *
 * @param detect what this machine can reach, asked where `supply` is not set
 */
export async function readSettings(platform: Platform, detect: () => Promise<SupplyMode>): Promise<MachineSettings> {
  const config = new pulumi.Config('slipway');
  const supply = config.get<SupplyMode>('supply', { allowedValues: ['published', 'build'] }) ?? (await detect());
  const { httpPort, httpsPort } = platform.cluster;
  const registryPort = registryPortOf(platform.cluster);
  const channel = config.get('slackChannel')?.replace(/^#/, '');
  return {
    name: config.get('platformName') ?? platform.name,
    httpPort: config.getNumber('httpPort') ?? httpPort,
    httpsPort: config.getNumber('httpsPort') ?? httpsPort,
    registryPort: config.getNumber('registryPort') ?? registryPort,
    ciPort: config.getNumber('ciPort') ?? receiverPort,
    supply,
    ingress:
      config.get<IngressController>('ingress', { allowedValues: ['ingress-nginx', 'traefik'] }) ??
      // the image of ingress-nginx can only be pulled
      (supply === 'build' ? 'traefik' : platform.ingress),
    ...(channel !== undefined && { slack: { channel, token: config.requireSecret('slackToken') } }),
  };
}
