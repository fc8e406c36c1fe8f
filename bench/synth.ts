import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { loadCatalog } from '../apps/load';
import { readTree } from '../manifests/tree';
import { measure, sampleTable, sortKeys, type Sample } from './measure';
import { inspectBenchMachine, option, run, writeResults } from './report';
import { installStock, serviceName, writeLock, writeSlipwayProject, writeStockProject, type Size } from './projects';

/**
 * How long rendering takes, beside the stock cdk8s CLI: see bench/README.md. Run it on a machine that does nothing else:
 * `node --require tsx/cjs bench/synth.ts [--runs 10] [--only '2 services'] [--force]`.
 */

const sizes: Readonly<Record<string, Size>> = {
  '2 services x 2 environments': { services: 2, environments: ['developer', 'production'] },
  '1,000 services x 3 environments': { services: 1000, environments: ['developer', 'staging', 'production'] },
};
const timeoutSeconds = 600;

interface Variant {
  readonly name: string;
  /** Puts the project in the state that is measured. */
  readonly prepare: (run: number) => void;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

function variants(slipway: string, stock: string, temporary: string): Variant[] {
  const node = process.execPath;
  const render = ['--require', 'tsx/cjs', '-e', 'require("./manifests/synth").synthesize({ root: process.cwd() })'];
  const cli = ['node_modules/cdk8s-cli/bin/cdk8s', 'synth', '--check-upgrade=false'];
  const clear = (folder: string): void => rmSync(folder, { recursive: true, force: true });
  const bump = (run: number): void =>
    writeLock(slipway, serviceName(1), 'developer', createHash('sha1').update(`${run}`).digest('hex'));
  const own = { command: node, cwd: slipway, env: { TMPDIR: temporary } };
  const theirs = { command: node, args: cli, cwd: stock, prepare: () => clear(path.join(stock, 'dist')) };
  return [
    {
      ...own,
      name: 'slipway, cold: no dist, nothing compiled',
      args: render,
      prepare: () => {
        clear(path.join(slipway, 'dist'));
        clear(temporary);
        mkdirSync(temporary);
      },
    },
    { ...own, name: 'slipway, no dist', args: render, prepare: () => clear(path.join(slipway, 'dist')) },
    { ...own, name: 'slipway, one release moved', args: render, prepare: bump },
    { ...own, name: 'slipway, nothing changed', args: render, prepare: () => undefined },
    { ...own, name: 'slipway by the cdk8s CLI, no dist', args: cli, prepare: () => clear(path.join(slipway, 'dist')) },
    { ...theirs, name: 'stock cdk8s CLI with ts-node', env: {} },
    { ...theirs, name: 'stock cdk8s CLI with ts-node, types not checked', env: { TS_NODE_TRANSPILE_ONLY: 'true' } },
  ];
}

/** Every object of a folder by what it is, so that trees of other file names can be compared; parameters are no objects. */
function objectsIn(folder: string): Map<string, string> {
  const objects = new Map<string, string>();
  for (const [file, text] of readTree(folder)) {
    if (!file.endsWith('.yaml')) continue;
    const object = parse(text!) as { kind: string; metadata: { name: string; namespace?: string } };
    const { name, namespace = '' } = object.metadata;
    objects.set(`${object.kind} ${namespace}/${name}`, JSON.stringify(object, sortKeys));
  }
  return objects;
}

function proveEqual(left: string, right: string): number {
  const [one, other] = [objectsIn(left), objectsIn(right)];
  const different = [...one].filter(([key, text]) => other.get(key) !== text).map(([key]) => key);
  if (one.size === 0 || one.size !== other.size || different.length > 0) {
    throw new Error(`the outputs differ: ${one.size} and ${other.size} objects, ${different.slice(0, 3).join(', ')}`);
  }
  return one.size;
}

async function benchmark(size: Size, work: string, packages: string, runs: number) {
  const [slipway, stock, temporary] = ['slipway', 'stock', 'tmp'].map((name) => path.join(work, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(temporary, { recursive: true });
  writeSlipwayProject(slipway, size);
  writeStockProject(stock, packages, await loadCatalog(slipway));
  const all = variants(slipway, stock, temporary);
  const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]));
  let objects = 0;
  for (let run = 0; run < runs; run += 1) {
    // forth and back, so that a machine that slows down or speeds up does so for all
    for (const variant of run % 2 === 0 ? all : all.toReversed()) {
      const taken = samples.get(variant.name)!;
      // what took minutes or failed twice will not tell more
      if (taken.filter(({ failed }) => failed !== undefined).length >= 2) continue;
      variant.prepare(run);
      const sample = measure({ ...variant, timeoutSeconds });
      taken.push(sample);
      process.stderr.write(`${run + 1}/${runs} ${variant.name}: ${sample.seconds} s ${sample.failed ?? ''}\n`);
    }
    // the project is in its first state only before a release is moved, so equality is proven on fresh trees
    if (run === 0) {
      writeLock(slipway, serviceName(1), 'developer', 'a'.repeat(40));
      const fresh = all.find(({ name }) => name === 'slipway, no dist')!;
      fresh.prepare(run);
      measure({ ...fresh, timeoutSeconds });
      objects = proveEqual(path.join(slipway, 'dist'), path.join(stock, 'dist'));
    }
  }
  return { objects, samples: Object.fromEntries(samples) };
}

function table(results: Readonly<Record<string, Awaited<ReturnType<typeof benchmark>>>>): string {
  return Object.entries(results)
    .map(
      ([size, { objects, samples }]) =>
        `\n### ${size}: ${objects.toLocaleString('en-US')} objects\n\n${sampleTable(Object.entries(samples))}`,
    )
    .join('\n');
}

async function main(): Promise<void> {
  const runs = Number(option('--runs') ?? 10);
  const only = option('--only') ?? '';
  const machine = inspectBenchMachine();
  const work = mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const packages = path.join(work, 'packages');
    installStock(packages);
    const results: Record<string, Awaited<ReturnType<typeof benchmark>>> = {};
    for (const [index, [name, size]] of Object.entries(sizes).entries()) {
      if (!name.startsWith(only)) continue;
      results[name] = await benchmark(size, path.join(work, String(index)), packages, runs);
    }
    writeResults('synth', `Rendering, ${runs} runs each`, machine, { runs, results }, table(results));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

run(main);
