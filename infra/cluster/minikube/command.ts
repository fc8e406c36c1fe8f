import path from 'node:path';
import { UserError } from '../../../core/errors';
import { CommandFailed, exec, type ExecResult } from '../../../core/exec';
import type { ClusterContext } from '../driver';

/** The files of a cluster: minikube's home is the project's own, so that nobody's profiles are met there. */
export function minikubeFiles({ platform, folder = platform.stateFolder }: ClusterContext) {
  const inFolder = (name: string): string => path.join(folder, name);
  return {
    home: inFolder('minikube'),
    kubeconfig: inFolder('kubeconfig'),
    /** Written before anything is made: it tells whose the containers are. */
    record: inFolder('minikube/begun'),
    /** Written as the last step: the settings that the cluster was made with. */
    marker: inFolder('minikube/made.json'),
    log: inFolder('logs/minikube-start.log'),
  };
}

/** One line of `--output json`. @see https://minikube.sigs.k8s.io/docs/contrib/json_output/ */
interface Told {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const TYPE = 'io.k8s.sigs.minikube.';

/** What a line of minikube says; undefined where it is none of its events. */
export function readEvent(
  line: string,
): { readonly kind: string; readonly data: NonNullable<Told['data']> } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { type, data } = JSON.parse(line) as Told;
    return type?.startsWith(TYPE) && data !== undefined ? { kind: type.slice(TYPE.length), data } : undefined;
  } catch {
    return undefined;
  }
}

const plainText = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The error that minikube told, in its words, and the repair that it proposes. */
export function minikubeError(doing: string, output: string, log: string): UserError {
  const events = output
    .split('\n')
    .map(readEvent)
    .filter((event) => event !== undefined);
  const error = events.findLast(({ kind }) => kind === 'error')?.data;
  const warnings = events.filter(({ kind }) => kind === 'warning').map(({ data }) => plainText(data['message'] ?? ''));
  const last = output.trim().split('\n').slice(-3);
  const details = error === undefined ? last : [plainText(error['message'] ?? ''), ...warnings.slice(-2)];
  const name = error?.['name'];
  return new UserError(`minikube could not ${doing}${name ? ` (${name})` : ''}`, {
    details: details.filter((line) => line !== ''),
    repair: plainText(error?.['advice'] ?? '') || `read ${log}, then run the same command again`,
  });
}

/** Runs minikube on this cluster's profile, with nothing of the user's own settings. */
export async function runMinikube(
  name: string,
  context: ClusterContext,
  args: readonly string[],
  options: { readonly minutes?: number; readonly onLine?: (line: string) => void } = {},
): Promise<ExecResult> {
  const { home, kubeconfig } = minikubeFiles(context);
  return exec(await context.tool('minikube'), [...args, '--profile', name], {
    env: {
      ...context.engine.env,
      MINIKUBE_HOME: home,
      KUBECONFIG: kubeconfig,
      // colours, questions and news are for people who run it by hand
      MINIKUBE_IN_STYLE: 'false',
      MINIKUBE_WANTUPDATENOTIFICATION: 'false',
      MINIKUBE_WANTREPORTERRORPROMPT: 'false',
      MINIKUBE_PROFILE: undefined,
    },
    timeoutMs: (options.minutes ?? 1) * 60_000,
    allowFailure: true,
    ...(options.onLine && { onLine: options.onLine }),
    ...(context.signal && { signal: context.signal }),
  });
}

/** What is told of a command that could not even run, or took too long. */
export function asUserError(error: unknown): unknown {
  return error instanceof CommandFailed
    ? new UserError(error.message, { details: error.details, repair: 'run the same command again', cause: error })
    : error;
}
