import path from 'node:path';
import { UserError } from '../../core/errors';
import { describePlan } from '../../infra/supply';
import { loadSupply, saveSupply } from '../../infra/supply/archive';
import { tools, type ToolName } from '../../infra/versions';
import type { CommandContext } from '../context';
import { machinePackages } from '../platform/machine';
import { openSupply, type SupplyFlags } from '../platform/supply';

export async function plan(context: CommandContext, flags: { readonly json?: boolean }): Promise<void> {
  const found = await openSupply(context).plan();
  context.out(flags.json ? JSON.stringify(found, null, 2) : describePlan(found).join('\n'));
}

export async function fetch(context: CommandContext, flags: SupplyFlags & { readonly tools?: string }): Promise<void> {
  const supply = openSupply(context, flags);
  if (flags.tools !== undefined) {
    const names = flags.tools.split(',').map((name) => knownTool(name.trim()));
    for (const name of names) await context.progress.step(`make ${name} ready`, () => supply.tool(name));
    return;
  }
  const found = await context.progress.step('look at what is there', () => supply.plan());
  for (const line of describePlan(found)) context.progress.say(line);
  await supply.prepare(found.items, context.progress);
  context.progress.say('the supply is complete');
}

// `path` is the command's name; the module of that name is used under its own
export { toolPath as path };

async function toolPath(context: CommandContext, _flags: object, name: string): Promise<void> {
  context.out(await openSupply(context).tool(knownTool(name)));
}

/** @throws UserError naming the tools that there are */
function knownTool(name: string): ToolName {
  if (Object.hasOwn(tools, name)) return name as ToolName;
  throw new UserError(`the supply has no tool "${name}"`, { details: [`it has ${Object.keys(tools).join(', ')}`] });
}

const archive = (file: string): string => path.resolve(file);

export async function save(context: CommandContext, _flags: object, file: string): Promise<void> {
  const { root, progress } = context;
  const saved = await saveSupply(archive(file), {
    root,
    packages: machinePackages,
    supply: openSupply(context),
    progress,
    say: (line) => progress.say(line),
  });
  progress.say(`saved ${saved.parts} parts, ${(saved.bytes / 1024 ** 3).toFixed(1)} GiB: ${saved.file}`);
  progress.say(
    `on the other machine: tar -xOf ${path.basename(saved.file)} unpack.sh | sh -s ${path.basename(saved.file)}`,
  );
}

export async function load({ progress }: CommandContext, _flags: object, file: string): Promise<void> {
  const loaded = await loadSupply(archive(file), { progress, say: (line) => progress.say(line) });
  progress.say(`loaded ${loaded.parts} parts; \`npx slipway up\` needs no network now`);
}
