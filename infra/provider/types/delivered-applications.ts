import { existsSync } from 'node:fs';
import { exec } from '../../../core/exec';
import type { ResourceType } from '../resource-type';
import type { Surroundings } from '../surroundings';

export interface DeliveredApplicationsInputs {
  readonly kubeconfigFile: string;
}

const inArgoCd = ['--namespace=argocd', '--ignore-not-found', '--wait=true', '--timeout=240s'];

/**
 * In this order: each would bring back what comes after it. Projects go while Argo CD runs, which alone takes away what
 * holds them; the policies of the whole cluster are in nobody's namespace.
 */
const deletions = [
  ['delete', 'applications.argoproj.io', 'bootstrap', ...inArgoCd],
  ['delete', 'applicationsets.argoproj.io', '--all', ...inArgoCd],
  ['delete', 'applications.argoproj.io', '--all', ...inArgoCd],
  ['delete', 'appprojects.argoproj.io', '--all', ...inArgoCd],
  [
    'delete',
    'validatingadmissionpolicybindings,validatingadmissionpolicies',
    '--selector=app.kubernetes.io/managed-by=slipway',
    '--ignore-not-found',
    '--wait=true',
    '--timeout=240s',
  ],
];

/**
 * What Argo CD brought out of Git. Without Argo CD nobody would remove it, nor end the wait for it: an Application
 * goes when what it deployed is gone, which is its controller's work.
 */
export function deliveredApplications(surroundings: Surroundings): ResourceType<DeliveredApplicationsInputs> {
  return {
    replaceOn: [],
    timeoutSeconds: 1300,
    create: async () => ({ id: 'delivered-applications', outputs: {} }),
    update: async () => ({}),
    async delete(_id, { kubeconfigFile }, { progress, signal }) {
      if (!existsSync(kubeconfigFile)) return;
      const kubectl = await surroundings.tool('kubectl');
      await progress.step('remove what was delivered from Git', async (step) => {
        for (const args of deletions) {
          step.detail(args.slice(0, 3).join(' '));
          await exec(kubectl, ['--kubeconfig', kubeconfigFile, ...args], { signal, timeoutMs: 250_000 });
        }
      });
    },
  };
}
