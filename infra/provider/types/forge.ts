import type { ForgeConnection } from '../forge/connection';
import { GiteaApi } from '../forge/gitea-api';
import type { Operation } from '../resource-type';

/** What every resource in the forge has in common. */
export interface ForgeInputs {
  readonly forge: ForgeConnection;
  /**
   * The cluster that the forge runs in. A new cluster has a new, empty forge at the same address, in which everything is
   * made again; to delete the old there would delete the new.
   */
  readonly cluster: string;
}

export function forgeApi({ forge }: ForgeInputs, operation: Operation): GiteaApi {
  return new GiteaApi(forge, {
    signal: operation.signal,
    onWait: (reason) => void operation.progress.step(`waiting for the forge: ${reason}`, async () => undefined),
  });
}
