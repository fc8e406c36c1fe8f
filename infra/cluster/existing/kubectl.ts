import { UserError } from '../../../core/errors';
import { CommandFailed, exec, type ExecOptions, type ExecResult } from '../../../core/exec';
import { isSilent } from '../silent';

/** kubectl against one kubeconfig. */
export type Kubectl = (args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

export interface KubectlOptions {
  /** A kubeconfig, or several as $KUBECONFIG names them. */
  readonly kubeconfig: string;
  /** @default the current one */
  readonly context?: string;
  /** How the cluster is called in messages. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** @param command path of kubectl */
export function kubectlFor(command: string, { kubeconfig, context, what, signal }: KubectlOptions): Kubectl {
  const always = ['--request-timeout=15s', ...(context === undefined ? [] : [`--context=${context}`])];
  return async (args, options = {}) => {
    try {
      return await exec(command, [...always, ...args], {
        timeoutMs: 60_000,
        ...(signal && { signal }),
        ...options,
        env: { KUBECONFIG: kubeconfig, ...options.env },
      });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      if (/unauthorized|must be logged in|credentials|exec plugin/i.test(error.details.join('\n'))) {
        throw new UserError(`the cluster of ${what} refuses your credentials`, {
          details: error.details.slice(-2),
          repair: 'sign in again as you do for kubectl, then run the same command again',
          cause: error,
        });
      }
      if (!isSilent(error)) throw error;
      throw new UserError(`the cluster of ${what} does not answer`, {
        details: error.details.slice(-2),
        repair: 'start it, or mend the way to it (VPN, address), then run the same command again',
        cause: error,
      });
    }
  };
}
