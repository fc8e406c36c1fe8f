import { UserError } from '../../../core/errors';
import { CommandFailed, exec, type ExecOptions, type ExecResult } from '../../../core/exec';

/** kubectl against one kubeconfig. */
export type Kubectl = (args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

const SILENT =
  /refused|unable to connect|timed? ?out|no such host|EOF|i\/o timeout|took longer|network is unreachable/i;

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
      // without the command, whose own words (--request-timeout) say nothing of what happened
      const text = [error.message.slice(error.message.lastIndexOf('`')), ...error.details].join('\n');
      if (/unauthorized|must be logged in|credentials|exec plugin/i.test(text)) {
        throw new UserError(`the cluster of ${what} refuses your credentials`, {
          details: error.details.slice(-2),
          repair: 'sign in again as you do for kubectl, then run the same command again',
          cause: error,
        });
      }
      if (!SILENT.test(text)) throw error;
      throw new UserError(`the cluster of ${what} does not answer`, {
        details: error.details.slice(-2),
        repair: 'start it, or mend the way to it (VPN, address), then run the same command again',
        cause: error,
      });
    }
  };
}
