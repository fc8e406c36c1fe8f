import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { exec } from '../../../core/exec';
import type { Step } from '../../../core/progress';
import { images } from '../../versions';
import { imageDocument, writeArchive, type ImageConfig } from './archive';
import { imageLabels, recipeEntries, type Parts } from './assemble';
import { writeLayer } from './layer';
import { nodeParts } from './node-files';
import { preloadLayer } from './preload';
import { recipeKey, type Recipe } from './recipe';
import { PATH } from './recipes/common';
import { preloaded } from './recipes';

/** A node without its images. */
export const nodeRecipe: Recipe = {
  image: 'node',
  root: 'node',
  version: { tool: 'kubelet' },
  parts: nodeParts,
  config: {
    Env: [PATH, 'container=docker'],
    Entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'],
    StopSignal: 'SIGRTMIN+3',
  },
};

/** Names everything that the node image depends on, the images packed into it included. */
export function nodeKey(): string {
  const keys = [nodeRecipe, ...preloaded].map(recipeKey);
  return createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16);
}

export interface NodeImageOptions {
  readonly parts: Parts;
  /** The path of the docker-archive of an image that is packed into the node. */
  readonly archive: (reference: string) => Promise<string>;
  /** The command of a running container engine. */
  readonly engine: () => Promise<string>;
  readonly step?: Step;
}

/**
 * Assembles kind's node image under its published name, with the control plane's images, network and storage in it,
 * so that `kind create cluster` pulls nothing. Needs a running engine for about half a minute; leaves nothing in it.
 */
export async function assembleNode(file: string, options: NodeImageOptions): Promise<void> {
  const { parts, step } = options;
  const archives: string[] = [];
  for (const { image } of preloaded) archives.push(await options.archive(images[image].reference));
  const engine = await options.engine();
  const root = await parts.root('node');
  const scratch = await mkdtemp(path.join(path.dirname(file), '.node-'));
  const base = `slipway.dev/node-base:${nodeKey()}`;
  try {
    const layer = await writeLayer(path.join(scratch, 'node.tar.gz'), await recipeEntries(nodeRecipe, parts, root));
    const layers = [root.layer, layer];
    const config: ImageConfig = { ...nodeRecipe.config, Labels: imageLabels(nodeRecipe, root) };
    const baseArchive = path.join(scratch, 'base.tar');
    await writeArchive(baseArchive, base, imageDocument(config, layers), layers);
    step?.detail('handing the node image to the container engine');
    await exec(engine, ['load', '--input', baseArchive], { timeoutMs: 10 * 60_000 });
    const filled = await preloadLayer(path.join(scratch, 'images.tar.gz'), {
      engine,
      base,
      archives,
      ...(step && { step }),
    });
    const all = [...layers, filled];
    await writeArchive(file, images.node.reference, imageDocument(config, all), all);
  } finally {
    await exec(engine, ['rmi', base], { allowFailure: true });
    await rm(scratch, { recursive: true, force: true });
  }
}
