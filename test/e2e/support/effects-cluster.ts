import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import { kindDriver, removeBroughtImages, type ClusterContext } from '../../../infra/cluster';
import { createEngine, probeEngine } from '../../../infra/engine';
import { ApiClient, type ApiServer } from '../../../infra/kubernetes/api-client';
import { clusterInputs } from './cluster-inputs';
import { readKubeconfig } from './kubeconfig';

/** A cluster on which rows of the table of effects are tried. */
export interface EffectsCluster {
  readonly server: ApiServer;
  /** An image that every node holds. */
  readonly image: string;
  /** Nodes that take pods without a toleration. */
  readonly workers: number;
  stop(): Promise<void>;
}

interface Node {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly images?: readonly { readonly names: readonly string[] }[] };
}

/** A kind cluster of its own with two workers, or the one of SLIPWAY_E2E_KUBECONFIG. */
export async function effectsCluster(): Promise<EffectsCluster> {
  const given = process.env['SLIPWAY_E2E_KUBECONFIG'];
  const { kubeconfig, stop } = given === undefined ? await makeCluster() : { kubeconfig: given, stop: async () => {} };
  try {
    const server = readKubeconfig(await readFile(kubeconfig, 'utf8'));
    return { server, ...(await nodesOf(server)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeCluster(): Promise<{ readonly kubeconfig: string; stop(): Promise<void> }> {
  const probe = await probeEngine('docker');
  if (probe.state !== 'healthy') throw new Error(`no healthy engine: ${JSON.stringify(probe)}`);
  const engine = createEngine(probe.facts);
  const inputs = await clusterInputs();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'effects-e2e-'));
  const name = 'effects-e2e';
  const platform = { name, stateFolder: path.join(folder, 'state') };
  const context: ClusterContext = { engine, platform, progress: silentProgress, tool: async () => inputs.kind };
  const stop = async (): Promise<void> => {
    await kindDriver.delete(name, context);
    await removeBroughtImages(engine, platform.stateFolder);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { kubeconfigFile } = await kindDriver.create(
      {
        name,
        image: inputs.nodeImage,
        nodes: [
          { role: 'control-plane' },
          { role: 'worker', labels: { tier: 'backend' } },
          { role: 'worker', labels: { tier: 'backstage' } },
        ],
        // there is none, so that whatever a node lacks is missed at once
        registry: { host: 'registry.effects.local', mirrorEverything: true },
      },
      context,
    );
    return { kubeconfig: kubeconfigFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A node lists the images that it holds a moment after it is ready. */
async function nodesOf(server: ApiServer): Promise<Pick<EffectsCluster, 'image' | 'workers'>> {
  const client = new ApiClient(server);
  try {
    for (;;) {
      const { items } = (await client.send('/api/v1/nodes')).body as { readonly items: readonly Node[] };
      const held = items.map(({ status }) => (status.images ?? []).flatMap(({ names }) => names));
      const image = held[0]?.find((name) => /\/pause:/.test(name) && held.every((names) => names.includes(name)));
      if (image !== undefined) {
        return { image, workers: items.filter(({ spec }) => (spec.taints ?? []).length === 0).length };
      }
      if (held.every((names) => names.length > 0)) throw new Error('the nodes hold no pause image');
    }
  } finally {
    client.close();
  }
}
