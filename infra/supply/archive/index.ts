import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { withLock } from '../../../core/lock';
import type { Progress } from '../../../core/progress';
import {
  manifests,
  moduleFiles,
  plugins,
  tools,
  type ManifestName,
  type ModuleFilesName,
  type PluginName,
  type ToolName,
} from '../../versions';
import { filesId, manifestId, pluginId, toolId } from '../ids';
import { settle, type SupplyOptions } from '../options';
import type { Supply } from '../types';
import { Digests, type SeenDigest } from '../store/digests';
import { Store } from '../store/store';
import { collectHistory, collectNpm, collectPackages, filesBelow, systemName } from './collect';
import { BUNDLE, type ArchiveIndex } from './format';
import { readArchive } from './read';
import { describeParts, writeArchive, type PartSource } from './write';

export interface SaveOptions extends Pick<SupplyOptions, 'cache' | 'platform' | 'groups' | 'say'> {
  /** The project whose npm packages and history are carried. */
  readonly root: string;
  /** Debian packages that a bare machine needs; carried with all that they depend on. */
  readonly packages: readonly string[];
  /** Completed first, so that the archive is enough where nothing answers. */
  readonly supply: Pick<Supply, 'planToCarry' | 'prepare' | 'image'>;
  readonly progress: Progress;
}

export interface LoadOptions extends Pick<SupplyOptions, 'cache' | 'platform' | 'say'> {
  readonly progress: Progress;
}

export interface ArchiveSummary {
  readonly file: string;
  readonly bytes: number;
  readonly parts: number;
  readonly commit: string | undefined;
}

/** Where loaded system packages lie, for `installPackages`. */
export const packagesFolder = (cache: string): string => path.join(cache, 'packages');
/** A npm cache for `npm ci --offline --cache <folder>`. */
export const npmFolder = (cache: string): string => path.join(cache, 'npm');

/** Everything of the cache that is carried: what the pins of today name, and nothing that older ones left. */
async function cachedParts(options: SaveOptions): Promise<readonly PartSource[]> {
  const settings = settle(options);
  const { cache } = settings;
  const store = new Store(cache);
  const { items } = await options.supply.planToCarry();
  const ids = [
    ...(await Promise.all(
      (Object.keys(tools) as ToolName[])
        .filter((name) => tools[name].runs !== 'image')
        .map((name) => toolId(name, settings)),
    )),
    ...(Object.keys(plugins) as PluginName[]).map((name) => pluginId(name, settings)),
    ...(Object.keys(moduleFiles) as ModuleFilesName[]).map(filesId),
    ...(Object.keys(manifests) as ManifestName[]).map(manifestId),
  ];
  const folders = (await Promise.all(ids.map((id) => store.find(id)))).flatMap((found) => found?.folder ?? []);
  const parts: PartSource[] = [];
  for (const folder of folders) {
    for (const name of await filesBelow(folder)) {
      parts.push({ file: path.join(folder, name), path: path.relative(cache, path.join(folder, name)) });
    }
  }
  for (const { name } of items.filter((item) => item.kind === 'image')) {
    const file = await options.supply.image(name);
    parts.push({ file, path: path.relative(cache, file) });
  }
  const digests = path.join(cache, 'digests.json');
  if (await stat(digests).catch(() => undefined)) parts.push({ file: digests, path: 'digests.json' });
  return parts;
}

/**
 * Saves a complete supply, with npm packages, system packages and the project's history, as one archive. What is
 * missing of it is fetched or built first.
 */
export async function saveSupply(file: string, options: SaveOptions): Promise<ArchiveSummary> {
  const { cache, platform, say } = settle(options);
  const { progress, root, packages } = options;
  const target = path.resolve(file);
  await mkdir(path.dirname(target), { recursive: true });
  await mkdir(cache, { recursive: true });
  await options.supply.prepare((await options.supply.planToCarry()).items, progress);
  const cached = await cachedParts(options);
  const scratch = await mkdtemp(path.join(cache, '.save-'));
  try {
    const { commit, dirty } = await progress.step('save: the project and its npm packages', async () => {
      const history = await collectHistory(root, path.join(scratch, BUNDLE));
      await collectNpm(root, path.join(scratch, 'npm'), scratch, npmFolder(cache));
      return history;
    });
    if (dirty) say('changes that are not committed are not in the archive');
    const system = await debian(packages, options, scratch);
    const collected: PartSource[] = [{ file: path.join(scratch, BUNDLE), path: BUNDLE }];
    for (const kind of ['npm', 'packages']) {
      for (const name of await filesBelow(path.join(scratch, kind))) {
        collected.push({ file: path.join(scratch, kind, name), path: path.join(kind, name) });
      }
    }
    // the project comes first: unpack.sh has to read past everything that lies before it
    const sources = [...collected, ...cached];
    return await progress.step(`save: ${path.basename(target)}`, async (step) => {
      const sizes = await Promise.all(sources.map(async (source) => (await stat(source.file)).size));
      const total = 2 * sizes.reduce((sum, size) => sum + size, 0);
      let done = 0;
      const onBytes = (bytes: number): void => step.advance((done += bytes) / total);
      step.detail('reading');
      const parts = await describeParts(sources, onBytes);
      const index: ArchiveIndex = {
        format: 'slipway-supply',
        formatVersion: 1,
        platform,
        ...(system !== undefined && { system }),
        commit,
        parts,
      };
      step.detail('writing');
      await writeArchive(target, index, sources, onBytes);
      return { file: target, bytes: (await stat(target)).size, parts: parts.length, commit };
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function debian(names: readonly string[], options: SaveOptions, scratch: string): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const system = await systemName();
  if (system === undefined || (await stat('/usr/bin/apt-get').catch(() => undefined)) === undefined) {
    settle(options).say('this is no Debian, so no system packages are in the archive');
    return undefined;
  }
  await options.progress.step('save: system packages', () =>
    collectPackages(names, path.join(scratch, 'packages'), scratch),
  );
  return system;
}

/**
 * Puts an archive's supply into the cache. The whole archive is checked first; until then nothing is changed.
 *
 * @throws UserError where it is no supply archive, cut off, damaged or of another platform
 */
export async function loadSupply(file: string, options: LoadOptions): Promise<ArchiveSummary> {
  const { cache, platform, say } = settle(options);
  const source = path.resolve(file);
  const accept = (index: ArchiveIndex): void => {
    const of = index.platform;
    if (of.os !== platform.os || of.arch !== platform.arch) {
      throw new UserError(`${source} is for ${of.os}/${of.arch}, this machine is ${platform.os}/${platform.arch}`, {
        repair: 'save one on a machine of this kind',
      });
    }
  };
  const index = await options.progress.step('load: checking the archive', (step) =>
    readArchive(source, { accept, onFraction: (fraction) => step.advance(fraction) }),
  );
  const here = await systemName();
  if (index.system !== undefined && index.system !== here) {
    say(`its system packages are for ${index.system}, this machine is ${here ?? 'no Debian'}: they will not be used`);
  }
  await mkdir(cache, { recursive: true });
  await withLock(path.join(cache, 'locks', 'load.lock'), { purpose: 'loading a supply', wait: true }, () =>
    options.progress.step('load: unpacking', async (step) => {
      const scratch = await mkdtemp(path.join(cache, '.load-'));
      try {
        await readArchive(source, { accept, target: scratch, onFraction: (fraction) => step.advance(fraction) });
        await settleParts(index, scratch, cache, index.system === undefined || index.system === here);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    }),
  );
  return { file: source, bytes: (await stat(source)).size, parts: index.parts.length, commit: index.commit };
}

/** Moves unpacked parts into the cache. Records come last, since an entry counts as there when its record is. */
async function settleParts(index: ArchiveIndex, scratch: string, cache: string, usePackages: boolean): Promise<void> {
  const order = index.parts
    .map((part) => part.path)
    .toSorted((a, b) => Number(a.endsWith('.json')) - Number(b.endsWith('.json')));
  for (const name of order) {
    if (name.startsWith('packages/') && !usePackages) continue;
    const from = path.join(scratch, name);
    if (name === 'digests.json') {
      await new Digests(cache).merge(JSON.parse(await readFile(from, 'utf8')) as Readonly<Record<string, SeenDigest>>);
    } else {
      await mkdir(path.dirname(path.join(cache, name)), { recursive: true });
      await rename(from, path.join(cache, name));
    }
  }
}
