/** How this machine speaks to the forge: through the ingress, whatever the machine's names resolve to. */
export interface ForgeConnection {
  /** `git.<domain>`, sent as the host of every request. */
  readonly host: string;
  /** Where the ingress listens. @default '127.0.0.1' */
  readonly address?: string;
  /** Port of `address` where the ingress listens. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Told in the forge of what Slipway makes there, and read to know it again. */
export const managedMark = 'managed by Slipway';
