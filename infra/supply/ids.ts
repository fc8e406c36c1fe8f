import {
  manifests,
  moduleFiles,
  plugins,
  tools,
  type Manifest,
  type ManifestName,
  type ModuleFiles,
  type ModuleFilesName,
  type PluginName,
  type Tool,
  type ToolName,
} from '../versions';
import { groupHash } from './compile/compile';
import type { SupplySettings } from './options';
import { recipeHash, type EntryId } from './store/store';

type Place = Pick<SupplySettings, 'platform' | 'groups'>;

/** Names a tool's entry by everything that it is made of, so that changed pins or flags make a new one. */
export async function toolId(name: ToolName, { platform, groups }: Place): Promise<EntryId> {
  const { version, release, build }: Tool = tools[name];
  const { group, package: main, set, tags, cgo, embed } = build;
  // not its estimates: measuring again must not compile again
  const recipe = { group, package: main, set, tags, cgo, embed };
  const pins = await groupHash(build.group, groups);
  return { kind: 'tools', name, version, recipe: recipeHash(platform, release ?? null, recipe, pins) };
}

export function pluginId(name: PluginName, { platform }: Pick<SupplySettings, 'platform'>): EntryId {
  const { version, release } = plugins[name];
  return { kind: 'tools', name, version, recipe: recipeHash(platform, release) };
}

export function filesId(name: ModuleFilesName): EntryId {
  const { version, ...recipe }: ModuleFiles = moduleFiles[name];
  return { kind: 'files', name, version, recipe: recipeHash(recipe) };
}

export function manifestId(name: ManifestName): EntryId {
  const { version, sha256, url }: Manifest = manifests[name];
  return { kind: 'manifests', name, version, recipe: recipeHash(url, sha256 ?? null) };
}
