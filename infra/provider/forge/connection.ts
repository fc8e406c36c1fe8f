/** How this machine speaks to the forge: through the ingress on loopback, whatever the machine's names resolve to. */
export interface ForgeConnection {
  /** `git.<domain>`, sent as the host of every request. */
  readonly host: string;
  /** Port on 127.0.0.1 where the ingress listens. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Told in the forge of what Slipway makes there, and read to know it again. */
export const managedMark = 'managed by Slipway';
