/** One service's image, by its Dockerfile in the container engine and assembled without one: time, and the same digest. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSupply } from '../cli/platform/supply';
import { exec } from '../core/exec';
import { projectRoot } from '../core/paths';
import { createProgress } from '../core/progress';
import { probeEngine } from '../infra/engine';
import { buildServiceImage } from '../infra/supply/images';
import { images } from '../infra/versions';
import { summarize } from './measure';
import { inspectBenchMachine, option, run, writeResults } from './report';

interface Sample {
  readonly seconds: number;
  readonly digest: string;
}

const service = 'service-a';

async function main(): Promise<void> {
  const runs = Number(option('--runs') ?? 5);
  const machine = inspectBenchMachine();
  const supply = openSupply({ progress: createProgress(), signal: new AbortController().signal });
  const [crane, base] = [await supply.tool('crane'), await supply.image(images['service-base'].reference)];
  const engine = 'facts' in (await probeEngine('docker')) ? 'docker' : undefined;
  const had = engine && (await exec(engine, ['image', 'ls', '--quiet', images['service-base'].reference])).stdout;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-image-'));
  const build = async (command?: string): Promise<Sample> => {
    const started = process.hrtime.bigint();
    const { digest } = await buildServiceImage({
      root: projectRoot,
      service,
      reference: `registry.offerfit.local/${service}:bench`,
      version: 'bench',
      source: 'http://git.offerfit.local/offerfit/platform.git',
      file: path.join(folder, `${command ?? 'assembled'}.tar`),
      crane,
      base,
      ...(command !== undefined && { engine: command }),
    });
    return { seconds: Number(process.hrtime.bigint() - started) / 1e9, digest };
  };
  const ways: readonly (readonly [string, string | undefined])[] = [
    ['assembled, without an engine', undefined],
    ...(engine === undefined ? [] : ([['by the Dockerfile, in Docker', engine]] as const)),
  ];
  try {
    const samples = new Map<string, Sample[]>(ways.map(([name]) => [name, []]));
    // the engine's layers of the base, and npm's packages, are there before anything counts
    for (const [, command] of ways) await build(command);
    for (let turn = 0; turn < runs; turn += 1) {
      for (const [name, command] of ways) samples.get(name)!.push(await build(command));
    }
    for (const [name, list] of samples) {
      if (new Set(list.map(({ digest }) => digest)).size !== 1) throw new Error(`${name}: not one digest`);
    }
    const rows = [...samples].map(([name, list]) => {
      const { median, p95 } = summarize(list.map(({ seconds }) => seconds));
      return `| ${name} | ${list.length} | ${median.toFixed(1)} s | ${p95.toFixed(1)} s |`;
    });
    const table = ['| | builds | median | p95 |', '|---|---:|---:|---:|', ...rows].join('\n');
    writeResults('image', `Image of ${service}`, machine, { runs, samples: Object.fromEntries(samples) }, table);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (engine !== undefined && had === '') {
      await exec(engine, ['rmi', images['service-base'].reference], { allowFailure: true });
    }
  }
}

run(main);
