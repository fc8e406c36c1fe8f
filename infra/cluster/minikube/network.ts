import { UserError } from '../../../core/errors';
import type { Engine } from '../../engine';
import { foreignBecause, labelArguments, type Platform } from '../ownership';
import { registryName } from '../registry';
import { networkName } from './settings';

/** minikube counts its nodes' addresses up from the gateway; whatever else joins gets one of the upper half. */
const SUBNETS = Array.from({ length: 20 }, (_none, index) => `192.168.${49 + 9 * index}`);

async function findOwn(engine: Engine, name: string, platform: Platform): Promise<boolean> {
  const found = await engine.inspect('network', name);
  if (found === undefined) return false;
  const foreign = foreignBecause(found.Labels, platform);
  if (foreign === undefined) return true;
  throw new UserError(`a ${engine.command} network named "${name}" is there already: ${foreign}`, {
    repair: `choose another name with --name, or remove it: ${engine.command} network rm ${name}`,
  });
}

/** Makes the network of the nodes where no other network of this machine has its addresses. */
export async function ensureNodeNetwork(engine: Engine, cluster: string, platform: Platform): Promise<void> {
  const name = networkName(cluster);
  if (await findOwn(engine, name, platform)) return;
  const reasons: string[] = [];
  for (const start of SUBNETS) {
    const { exitCode, stderr } = await engine.run(
      [
        ...['network', 'create', '--driver', 'bridge', '--subnet', `${start}.0/24`, '--gateway', `${start}.1`],
        ...['--ip-range', `${start}.128/25`, ...labelArguments(platform), name],
      ],
      { allowFailure: true },
    );
    if (exitCode === 0) return;
    reasons.push(stderr.trim());
    // another network or interface has these addresses; anything else will not get better
    if (!/overlap|already (used|in use)|is being used/i.test(stderr)) break;
  }
  throw new UserError(`the network "${name}" cannot be made`, {
    details: [reasons.at(-1)!],
    repair: `remove networks that nobody uses: ${engine.command} network prune`,
  });
}

/** Lets the nodes find the registry by its name. */
export async function connectRegistry(engine: Engine, cluster: string, platform: Platform): Promise<void> {
  const registry = registryName(platform.name);
  const container = await engine.inspect('container', registry);
  if (container === undefined || networkName(cluster) in container.NetworkSettings.Networks) return;
  await engine.run(['network', 'connect', networkName(cluster), registry]);
}

/** Removes the network of the nodes; the registry leaves it and goes on. */
export async function removeNodeNetwork(engine: Engine, cluster: string, platform: Platform): Promise<void> {
  const name = networkName(cluster);
  const found = await engine.inspect('network', name);
  if (found === undefined || foreignBecause(found.Labels, platform) !== undefined) return;
  await engine.run(['network', 'disconnect', '--force', name, registryName(platform.name)], { allowFailure: true });
  await engine.run(['network', 'rm', name]);
}
