import { UserError } from '../../core/errors';
import type { ClusterState } from './driver';
import { ForeignCluster } from './ownership';

/** Why a cluster is neither adopted nor mended. */
export function refuse(state: ClusterState & { readonly reason: string }, name: string): UserError {
  return state.state === 'foreign'
    ? new ForeignCluster(name, state.reason)
    : new UserError(`the cluster "${name}" was made with other settings, which only a new one can take over`, {
        details: [state.reason],
        repair: 'slipway down, then slipway up; or set them back',
      });
}
