import { UserError } from '../../core/errors';
import { checkUpgrades, type Upgrade } from '../../infra/upgrade/check';
import { describeSource } from '../../infra/upgrade/pins';
import type { CommandContext } from '../context';
import { table } from '../platform/summary';
import { ExitError } from '../run';

export interface UpgradeFlags {
  readonly check?: boolean;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

/** A line that cannot be understood. */
const USAGE = 2;

function newestOf({ state, newest, newestPatch }: Upgrade): string {
  if (newest !== undefined) return newestPatch === undefined ? newest : `${newest}, ${newestPatch}`;
  return state === 'current' ? 'up to date' : state === 'unknown' ? 'unknown' : '';
}

/** The pins as a table, then why something is unknown: each reason once. */
export function describeUpgrades(upgrades: readonly Upgrade[]): string {
  const rows = upgrades.map((one) => [`${one.kind} ${one.name}`, one.version, newestOf(one), describeSource(one)]);
  const reasons = [...new Set(upgrades.flatMap(({ reason }) => reason ?? []))];
  const unknown = reasons.map((reason) => {
    const names = upgrades.filter((one) => one.reason === reason).map(({ name }) => name);
    return `unknown: ${names.join(', ')}: ${reason}`;
  });
  return [table(['what', 'pinned', 'newest', 'from'], rows), ...unknown].join('\n');
}

/** 0; with `--exit-code` 1 where something is newer. */
export async function upgrade(context: CommandContext, flags: UpgradeFlags): Promise<number> {
  if (!flags.check) {
    throw new ExitError(
      USAGE,
      new UserError('nothing is upgraded by a command', {
        repair: '`npx slipway upgrade --check` lists what is newer; edit infra/versions.ts as docs/upgrading.md says',
      }),
    );
  }
  const { progress, signal, surroundings, out } = context;
  const upgrades = await progress.step('ask what is newer', () =>
    checkUpgrades({ signal, ...(surroundings?.rewrite && { rewrite: surroundings.rewrite }) }),
  );
  const newer = upgrades.filter(({ state }) => state === 'newer').length;
  const unknown = upgrades.filter(({ state }) => state === 'unknown').length;
  if (flags.json) out(JSON.stringify({ newer, unknown, pins: upgrades }, null, 2));
  else out(describeUpgrades(upgrades));
  progress.say(`${newer} of ${upgrades.length} pins have something newer${unknown > 0 ? `, ${unknown} unknown` : ''}`);
  return flags.exitCode && newer > 0 ? 1 : 0;
}
