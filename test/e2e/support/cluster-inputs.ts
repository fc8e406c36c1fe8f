import { cacheFolder } from '../../../core/paths';
import { silentProgress } from '../../../core/progress';
import type { ImageSource } from '../../../infra/cluster';
import { readMachine } from '../../../infra/host/machine';
import { installPackages } from '../../../infra/host/packages';
import { createSupply } from '../../../infra/supply';
import { createImageSource } from '../../../infra/supply/images';
import { images } from '../../../infra/versions';

export interface ClusterInputs {
  /** Path of the kind command. */
  readonly kind: string;
  readonly nodeImage: ImageSource;
  readonly registryImage: ImageSource;
}

const install = async (names: readonly string[], reason: string): Promise<void> => {
  await installPackages(names, { machine: readMachine(), progress: silentProgress, reason, allowInstall: true });
};

/**
 * What a cluster is made of: of the supply; or of the environment, where a cluster shall be tried with other parts than
 * the pinned ones: SLIPWAY_E2E_KIND, SLIPWAY_E2E_NODE_IMAGE (with SLIPWAY_E2E_NODE_ARCHIVE where the engine has yet to
 * load it) and SLIPWAY_E2E_REGISTRY_IMAGE.
 */
export async function clusterInputs(): Promise<ClusterInputs> {
  const supply = createSupply({
    install,
    images: (tools) =>
      createImageSource({ cache: cacheFolder(), tools, ensurePackages: install, engine: async () => 'docker' }),
  });
  const supplied = async (reference: string): Promise<ImageSource> => ({
    reference,
    archive: await supply.image(reference),
  });
  const given = process.env;
  const node = given['SLIPWAY_E2E_NODE_IMAGE'];
  const archive = given['SLIPWAY_E2E_NODE_ARCHIVE'];
  const registry = given['SLIPWAY_E2E_REGISTRY_IMAGE'];
  return {
    kind: given['SLIPWAY_E2E_KIND'] ?? (await supply.tool('kind')),
    nodeImage: node ? { reference: node, ...(archive && { archive }) } : await supplied(images.node.reference),
    registryImage: registry ? { reference: registry } : await supplied(images.registry.reference),
  };
}
