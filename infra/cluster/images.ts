import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { writeFileAtomic } from '../../core/files';
import { withLock } from '../../core/lock';
import type { Progress } from '../../core/progress';
import type { Engine } from '../engine';
import type { ImageFacts } from '../engine/engine';
import { readArchive } from '../supply/images/archive';

export interface ImageSource {
  /** Name the engine shall know it by. */
  readonly reference: string;
  /** A docker-archive that holds it under that name. @default the image is pulled */
  readonly archive?: string;
}

const recordFile = (stateFolder: string): string => path.join(stateFolder, 'images.json');

/** References of the images that were brought to the engine for this platform, and are removed with it. */
export async function broughtImages(stateFolder: string): Promise<readonly string[]> {
  const text = await readFile(recordFile(stateFolder), 'utf8').catch(() => '[]');
  return JSON.parse(text) as string[];
}

/** Changes the record while nobody else does: images of the cluster and of the registry may come side by side. */
async function record(
  stateFolder: string,
  change: (references: readonly string[]) => readonly string[],
): Promise<void> {
  const file = recordFile(stateFolder);
  await withLock(`${file}.lock`, { purpose: 'recording an image', wait: true }, async () => {
    const references = change(await broughtImages(stateFolder));
    if (references.length === 0) await rm(file, { force: true });
    else await writeFileAtomic(file, `${JSON.stringify(references, null, 2)}\n`);
  });
}

/** Whether an image was assembled by an earlier recipe than the one of the archive. What was pulled is never outdated. */
async function outdated({ Config, RootFS }: ImageFacts, archive: string | undefined): Promise<boolean> {
  if (archive === undefined || Config.Labels?.['slipway.dev/assembled'] !== 'true') return false;
  const { document } = await readArchive(archive);
  return JSON.stringify(RootFS.Layers) !== JSON.stringify(document.rootfs.diff_ids);
}

/**
 * Makes sure the engine has an image; one that it has already is used as it is and is not ours to remove, unless it was
 * assembled from an older recipe.
 *
 * @throws UserError where it can be neither loaded nor pulled
 */
export async function ensureImage(
  engine: Engine,
  image: ImageSource,
  stateFolder: string,
  progress: Progress,
): Promise<void> {
  const there = await engine.inspect('image', image.reference);
  if (there !== undefined && !(await outdated(there, image.archive))) return;
  // recorded before it comes, so that an interruption leaves nothing that `down` would not find
  await record(stateFolder, (references) => [...new Set([...references, image.reference])]);
  const { archive } = image;
  if (archive === undefined) {
    await progress.step(`pull ${image.reference}`, (step) =>
      engine.run(['pull', image.reference], { onLine: step.detail, timeoutMs: 30 * 60_000 }),
    );
    return;
  }
  await progress.step(`load ${image.reference}`, () =>
    engine.run(['load', '--quiet', '--input', archive], { timeoutMs: 10 * 60_000 }),
  );
  if ((await engine.inspect('image', image.reference)) === undefined) {
    throw new UserError(`${archive} does not hold an image named ${image.reference}`, {
      repair: 'remove the file and run `slipway up` again, which makes it anew',
    });
  }
}

/** Removes the images that `ensureImage` brought. @returns those that stay because a container uses them */
export async function removeBroughtImages(engine: Engine, stateFolder: string): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const reference of await broughtImages(stateFolder)) {
    if ((await engine.inspect('image', reference)) === undefined) continue;
    const { exitCode } = await engine.run(['image', 'rm', reference], { allowFailure: true });
    if (exitCode !== 0) kept.push(reference);
  }
  // with nothing recorded there may be no folder left to record in
  if ((await broughtImages(stateFolder)).length > 0) await record(stateFolder, () => kept);
  return kept;
}
