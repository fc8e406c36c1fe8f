import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { cacheFolder } from '../../core/paths';
import { requireKubernetesRelease, type Supply } from '../../infra/supply';
import { kubernetesVersion } from '../../infra/versions';
import { describeFinding } from '../../review/report/text';
import type { CommandContext } from '../context';
import { openSupply } from '../platform/supply';
import { readChange, rehearse as makeRehearsal, type Rehearsal } from '../rehearsal/rehearse';
import { ExitError } from '../run';

export interface RehearseFlags {
  readonly base?: string;
  readonly head?: string;
  /** Releases of Kubernetes. @default the platform's */
  readonly kubernetes?: readonly string[];
  readonly json?: boolean;
}

/** 0 where everything is let in, 1 where something is refused, 2 where it could not be rehearsed. */
export async function rehearse(context: CommandContext, flags: RehearseFlags): Promise<number> {
  const found: Rehearsal[] = [];
  try {
    const releases = [...new Set(flags.kubernetes ?? [kubernetesVersion])];
    releases.forEach(requireKubernetesRelease);
    const change = await readChange(context.root, context.signal, flags.base, flags.head);
    const supply = openSupply(context);
    const definitions = await readFile(await supply.manifest('argo-cd'), 'utf8');
    for (const kubernetes of releases) {
      const props = { ...(await programsOf(kubernetes, supply, context)), kubernetes, definitions };
      found.push(
        await context.progress.step(`rehearse on Kubernetes ${kubernetes}`, (step) =>
          makeRehearsal({ change, props, signal: context.signal, onStep: (detail) => step.detail(detail) }),
        ),
      );
    }
  } catch (error) {
    throw error instanceof UserError ? new ExitError(2, error) : error;
  }
  context.out(flags.json ? JSON.stringify(found, null, 2) : found.map(describe).join('\n'));
  return found.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
}

/** What lies at that place in the cache was put there by the user, for machines that reach nothing. */
async function programsOf(
  version: string,
  supply: Supply,
  { progress }: CommandContext,
): Promise<{ etcd: string; kubeApiserver: string }> {
  const etcd = await supply.tool('etcd');
  const own = path.join(cacheFolder(), 'kubernetes', version, 'kube-apiserver');
  if (existsSync(own)) return { etcd, kubeApiserver: own };
  if (version === kubernetesVersion) return { etcd, kubeApiserver: await supply.tool('kube-apiserver') };
  const kubeApiserver = await progress.step(`kube-apiserver ${version}`, (step) => supply.apiServer(version, step));
  return { etcd, kubeApiserver };
}

function describe({ kubernetes, base, head, applied, refusedBefore, findings }: Rehearsal): string {
  const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;
  const lines = [
    `Kubernetes ${kubernetes}: ${applied.base} objects of ${base.name}, then ${applied.head} of ${head.name}`,
    `findings: ${count('error')} errors, ${count('warning')} warnings`,
  ];
  if (findings.length > 0) lines.push('', ...findings.flatMap(describeFinding));
  if (refusedBefore.length > 0) lines.push('', `refused before the change already: ${refusedBefore.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
