import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Rehearsal } from '../cli/rehearsal/rehearse';
import { createSupply } from '../infra/supply';
import { measure, sampleTable, type Sample } from './measure';
import { inspectBenchMachine, option, run, writeResults } from './report';
import { changedServices, makeReviewedProject } from './review-project';

/**
 * How long it takes to rehearse a change of 50 among about 1,000 objects on a real API server: see bench/README.md.
 * `node --require tsx/cjs bench/rehearse.ts [--runs 5] [--force]`.
 */

const services = 55;
const timeoutSeconds = 600;
const policy = 'dist/argocd/ValidatingAdmissionPolicy.probes.slipway.dev.yaml';

interface Variant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Puts the working tree in the state that is measured. */
  readonly prepare: () => void;
}

function variants(root: string): Variant[] {
  const file = path.join(root, policy);
  const committed = readFileSync(file, 'utf8');
  const rehearse = ['cli/bin.js', 'rehearse', '--base', 'HEAD'];
  const one = `${process.execPath} ${rehearse.join(' ')}`;
  const asCommitted = (): void => writeFileSync(file, committed);
  return [
    { name: '50 objects change', command: process.execPath, args: rehearse, prepare: asCommitted },
    {
      name: 'a policy changes, so all are judged twice',
      command: process.execPath,
      args: rehearse,
      prepare: () => writeFileSync(file, committed.replace('failurePolicy: Fail', 'failurePolicy: Ignore')),
    },
    { name: 'two at a time', command: 'sh', args: ['-c', `${one} & ${one} && wait $!`], prepare: asCommitted },
  ];
}

/** What is measured has to be a rehearsal of these objects, all let in, that leaves nothing. @returns how many there are */
function check(root: string, temporary: string): number {
  const { stdout, stderr } = spawnSync(process.execPath, ['cli/bin.js', 'rehearse', '--base', 'HEAD', '--json'], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (stdout === '') throw new Error(stderr);
  const [{ applied, findings }] = JSON.parse(stdout) as readonly [Rehearsal];
  const errors = findings.filter(({ severity }) => severity === 'error');
  const left = readdirSync(temporary).filter((name) => name.startsWith('slipway-control-plane-'));
  if (applied.head !== changedServices || applied.base < 900 || errors.length > 0 || left.length > 0) {
    throw new Error(JSON.stringify({ applied, errors: errors.slice(0, 3), left }));
  }
  return applied.base;
}

run(async () => {
  const runs = Number(option('--runs') ?? 5);
  const machine = inspectBenchMachine();
  const supply = createSupply();
  await Promise.all([supply.tool('etcd'), supply.tool('kube-apiserver'), supply.manifest('argo-cd')]);
  const work = mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const [root, temporary] = [path.join(work, 'project'), path.join(work, 'tmp')];
    mkdirSync(temporary);
    await makeReviewedProject(root, services);
    const objects = check(root, temporary);
    const all = variants(root);
    const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]));
    for (let turn = 0; turn < runs; turn += 1) {
      // forth and back, so that a machine that slows down or speeds up does so for all
      for (const { name, command, args, prepare } of turn % 2 === 0 ? all : all.toReversed()) {
        prepare();
        const sample = measure({ command, args, cwd: root, env: { TMPDIR: temporary }, timeoutSeconds });
        if (sample.failed !== undefined) throw new Error(`${name}: ${sample.failed}`);
        samples.get(name)!.push(sample);
        process.stderr.write(`${turn + 1}/${runs} ${name}: ${sample.seconds} s\n`);
      }
    }
    const title = `Rehearsal: 50 of ${objects} objects on a real API server, ${runs} runs each`;
    writeResults(
      'rehearse',
      title,
      machine,
      { runs, objects, samples: Object.fromEntries(samples) },
      sampleTable(samples),
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
