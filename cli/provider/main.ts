import { main } from '@pulumi/pulumi/provider';
import { loadCatalog } from '../../apps/load';
import { describeError } from '../../core/errors';
import { projectRoot, stateFolder } from '../../core/paths';
import { silentProgress, type Progress } from '../../core/progress';
import { firstDelivery } from '../../delivery/first-delivery';
import type { ImageBuilder } from '../../delivery/releases';
import { ensureEngine, type Engine } from '../../infra/engine';
import { addressToIp } from '../../infra/host/names';
import { engineLog, engineProgress } from '../../infra/provider/engine-progress';
import { createPlugin } from '../../infra/provider/plugin';
import type { Operation } from '../../infra/provider/resource-type';
import { resourceTypes } from '../../infra/provider/types';
import type { Deliver } from '../../infra/provider/types/first-delivery';
import type { BuildServices } from '../../infra/provider/types/service-images';
import type { Supply } from '../../infra/supply';
import type { ToolName } from '../../infra/versions';
import { urlOf } from '../platform/addresses';
import { githubRemote } from '../platform/github';
import { serviceImages } from '../platform/images';
import { recordedMode } from '../platform/settings';
import { openSupply } from '../platform/supply';
import { createSurroundings } from '../platform/surroundings';
import { buildUnreleased } from './build-unreleased';

/** The version that the program's resources ask for. */
const version = '0.1.0';

const state = stateFolder(projectRoot);
const interrupted = new AbortController();
// what the user allowed `up`, handed on by it; a user's own `pulumi up` allows everything
const allowInstall = process.env['SLIPWAY_NO_INSTALL'] === undefined;
const context = { progress: silentProgress, signal: interrupted.signal };
let opened: Promise<Supply> | undefined;

/** Opened at the first question: what `up` decided and recorded is read only then. */
function supply(): Promise<Supply> {
  opened ??= recordedMode(projectRoot).then((mode) =>
    openSupply(context, {
      install: allowInstall,
      build: process.env['SLIPWAY_NO_BUILD'] === undefined,
      ...(mode && { mode }),
    }),
  );
  return opened;
}
const tool = async (name: ToolName): Promise<string> => (await supply()).tool(name);

let ready: Promise<Engine> | undefined;

/** Looked for once: the plugin lives no longer than a run of the engine that started it. */
function engine(progress: Progress): Promise<Engine> {
  ready ??= ensureEngine({ allowInstall, progress, tool });
  // what failed may be mended before the next resource asks
  ready.catch(() => (ready = undefined));
  return ready;
}

const surroundings = createSurroundings({ stateFolder: state, supply, engine });

const builders = new Map<string, ReturnType<ImageBuilder>>();

/** Builds a service of a commit once in the life of this plugin, whichever of its resources asks first. */
async function builder(registryAddress: string, { progress }: Pick<Operation, 'progress'>): Promise<ImageBuilder> {
  const { platform } = await loadCatalog(projectRoot);
  const command = async (): Promise<string> => (await engine(progress)).command;
  const build = serviceImages({ platform, registryAddress, state, supply: await supply(), progress, engine: command });
  return (request) => {
    const key = `${request.service} ${request.source} ${registryAddress}`;
    const known = builders.get(key) ?? build(request);
    builders.set(key, known);
    // a failure is not remembered: the user mends it and runs again
    known.catch(() => builders.delete(key));
    return known;
  };
}

const build: BuildServices = async ({ registryAddress }, operation) => {
  const images = await builder(registryAddress, operation);
  await buildUnreleased({ root: projectRoot, build: images, signal: operation.signal });
};

/** Builds what has no release from the sources at hand, and pushes the project's history with what was recorded. */
const deliver: Deliver = async ({ forge, url, branch, registryAddress }, operation) => {
  const local = forge && {
    url: `${urlOf(forge.host, { httpPort: forge.port })}${new URL(url).pathname}`,
    branch,
    resolve: `${forge.host}:${forge.port}:${await addressToIp(forge.address ?? '127.0.0.1')}`,
    credentials: { username: forge.username, password: forge.password },
  };
  const { commit } = await firstDelivery({
    root: projectRoot,
    remote: local ?? (await githubRemote((await loadCatalog(projectRoot)).platform, operation.signal)),
    build: await builder(registryAddress, operation),
    signal: operation.signal,
  });
  return { commit };
};

const send = engineLog(process.argv.slice(2).find((argument) => !argument.startsWith('-')));
const plugin = createPlugin({
  version,
  types: resourceTypes(surroundings, { build, deliver }),
  progress: (urn) => engineProgress(send, urn),
});

function leave(reason: string): void {
  interrupted.abort();
  void plugin.stop(reason).finally(() => process.exit(1));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => leave('was interrupted'));
}
// the engine holds the other end as long as it lives; a plugin that outlived it would go on changing things unseen
process.stdin.resume().once('end', () => leave('lost the engine that asked for it'));

main(plugin.provider, process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
});
