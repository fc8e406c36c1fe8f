import { existsSync } from 'node:fs';
import { cacheFolder } from '../../core/paths';
import { ensureEngine } from '../../infra/engine';
import { createSupply, type Supply, type SupplyMode, type SupplyOptions } from '../../infra/supply';
import { createImageSource } from '../../infra/supply/images';
import { readMachine } from '../../infra/host/machine';
import { installPackages } from '../../infra/host/packages';
import type { CommandContext } from '../context';
import type { StateFiles } from './project';
import { SUPPLY_LOCK } from './pulumi';
import { recordedMode } from './settings';

export interface SupplyFlags {
  /** False refuses to compile. @default true */
  readonly build?: boolean;
  /** False refuses to install system packages. @default true */
  readonly install?: boolean;
  /** What was decided for the platform that is there. @default decided by what can be reached */
  readonly mode?: SupplyMode;
  /** Asks once what answers, for a first look; a short outage is then taken for a long one. @default false */
  readonly hasty?: boolean;
}

/** The supply of this machine: its package manager where compiling needs packages, its engine where an image does. */
export function openSupply(
  { progress, signal, surroundings }: Pick<CommandContext, 'progress' | 'signal' | 'surroundings'>,
  flags: SupplyFlags = {},
): Supply {
  const allowInstall = flags.install !== false;
  const install = async (names: readonly string[], reason: string): Promise<void> => {
    await installPackages(names, { machine: readMachine(), progress, reason, allowInstall });
  };
  const follow = process.env[SUPPLY_LOCK];
  const options: SupplyOptions = {
    noBuild: flags.build === false,
    signal,
    ...(surroundings?.rewrite && { rewrite: surroundings.rewrite }),
    ...(follow !== undefined && { follow }),
    ...(flags.mode && { mode: flags.mode }),
    ...(flags.hasty && { reachPausesMs: [] }),
    say: (line) => progress.say(line),
    install,
    images: (tools) =>
      createImageSource({
        cache: cacheFolder(),
        tools,
        ensurePackages: install,
        engine: async () => (await ensureEngine({ allowInstall, progress, tool: (name) => tools.tool(name) })).command,
      }),
  };
  return createSupply(options);
}

/** The supply as `up` decided it for this project's platform, for as long as its nodes are there. */
export async function openPlatformSupply(
  { root, kubeconfig }: StateFiles,
  context: Parameters<typeof openSupply>[0],
  flags: SupplyFlags = {},
): Promise<Supply> {
  const mode = existsSync(kubeconfig) ? await recordedMode(root) : undefined;
  return openSupply(context, { ...flags, ...(mode && { mode }) });
}
