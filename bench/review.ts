import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { measure, sampleTable, sortKeys, type Sample } from './measure';
import { inspectBenchMachine, option, run, writeResults } from './report';
import { changedServices, environments, makeReviewedProject } from './review-project';
import { outputOf, renderScript, sideOf, writeChart, writeKustomizations, type Side } from './rival-projects';
import { buildRivals, type Rivals } from './rivals';

/**
 * How long it takes to say what a change of 50 objects among 18,000 does, beside differs and renderers: see
 * bench/README.md. Run it on a machine that does nothing else:
 * `node --require tsx/cjs bench/review.ts [--runs 10] [--without kustomize] [--force]`.
 */

const timeoutSeconds = 300;

interface Variant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** @default the project */
  readonly cwd?: string;
  /** Puts the machine in the state that is measured. @default as the run before left it */
  readonly prepare?: () => void;
}

/** Where things lie while it runs. */
interface Work {
  readonly root: string;
  readonly temporary: string;
  /** Both sides of what changed alone, as one file of documents each. */
  readonly changed: readonly [string, string];
  readonly helm: string;
  readonly kustomize: string;
}

/** What a differ of files is given at its best: nothing but what changed. */
function writeChanged(root: string, folder: string): readonly [string, string] {
  const names = execFileSync('git', ['diff', '--name-only', 'HEAD', '--', 'dist'], { cwd: root, encoding: 'utf8' });
  const files = names.trim().split('\n');
  if (files.length !== changedServices) {
    throw new Error(`${files.length} files of dist changed, not ${changedServices}`);
  }
  const before = files.map((file) => execFileSync('git', ['show', `HEAD:${file}`], { cwd: root, encoding: 'utf8' }));
  const after = files.map((file) => readFileSync(path.join(root, file), 'utf8'));
  const sides = ['before.yaml', 'after.yaml'].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(sides[0], before.join('---\n'));
  writeFileSync(sides[1], after.join('---\n'));
  return sides;
}

function variants({ root, temporary, changed, helm, kustomize }: Work, { dyff }: Rivals): Variant[] {
  const review = ['cli/bin.js', 'review', '--base', 'HEAD', '--fail-on', 'never'];
  const external = path.join(path.dirname(root), 'dyff-of-git');
  writeFileSync(external, `#!/bin/sh\nexec '${dyff.program}' between --omit-header "$2" "$5"\n`);
  chmodSync(external, 0o755);
  const shell = (cwd: string, script: string): Pick<Variant, 'command' | 'args' | 'cwd'> => ({
    command: 'sh',
    args: ['-c', script],
    cwd,
  });
  const diff = 'diff -r -u before after > difference || test $? = 1';
  const whole = `for side in before after; do cat $side/*.yaml > $side.all; done\n'${dyff.program}' between --omit-header before.all after.all > difference`;
  return [
    {
      name: 'slipway review, nothing compiled',
      command: process.execPath,
      args: review,
      prepare: () => {
        for (const folder of [temporary, path.join(root, '.slipway')]) rmSync(folder, { recursive: true, force: true });
        mkdirSync(temporary);
      },
    },
    { name: 'slipway review, first use of packs', command: process.execPath, args: review },
    { name: 'slipway review', command: process.execPath, args: review },
    { name: 'git diff, no meaning', command: 'git', args: ['diff', 'HEAD', '--', 'dist'] },
    {
      name: 'git diff by dyff',
      command: 'git',
      args: ['-c', `diff.external=${external}`, 'diff', '--ext-diff', 'HEAD', '--', 'dist'],
    },
    {
      name: 'dyff of the 50 changed files alone',
      command: dyff.program,
      args: ['between', '--omit-header', ...changed],
    },
    { name: 'helm template of both sides, diff', ...shell(helm, `. ./render.sh\n${diff}`) },
    { name: 'helm template of both sides, dyff', ...shell(helm, `. ./render.sh\n${whole}`) },
    { name: 'kustomize build of both sides, diff', ...shell(kustomize, `. ./render.sh\n${diff}`) },
  ];
}

/** The projects that Helm and Kustomize render, proven to be the same objects on both sides. */
function makeRivalProjects(
  root: string,
  work: string,
  { helm, kustomize }: Rivals,
  without: string | undefined,
): { helm: string; kustomize: string } {
  const base = path.join(work, 'base');
  mkdirSync(base);
  execFileSync('sh', ['-c', `git archive HEAD dist | tar -x -C '${base}'`], { cwd: root });
  const dists = { before: path.join(base, 'dist'), after: path.join(root, 'dist') };
  const folders = { helm: path.join(work, 'helm'), kustomize: path.join(work, 'kustomize') };
  for (const [name, dist] of Object.entries(dists)) {
    writeChart(path.join(folders.helm, 'charts', name), sideOf(dist));
    writeKustomizations(path.join(folders.kustomize, 'trees', name), dist);
  }
  const template = (side: string, part: string): string =>
    `'${helm.program}' template ${part} charts/${side} --values charts/${side}/${part}.yaml`;
  const build = (side: string, part: string): string => `'${kustomize.program}' build trees/${side}/${part}`;
  writeFileSync(path.join(folders.helm, 'render.sh'), renderScript(template, environments));
  writeFileSync(path.join(folders.kustomize, 'render.sh'), renderScript(build, [...environments, 'argocd']));
  for (const [rival, folder] of Object.entries(folders)) {
    if (rival === without) continue;
    execFileSync('sh', ['-c', '. ./render.sh'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    for (const [name, dist] of Object.entries(dists)) proveEqual(sideOf(dist), path.join(folder, name));
  }
  return folders;
}

function proveEqual(side: Side, output: string): void {
  const [ours, theirs] = [[...side.values()].join('---\n'), outputOf(output)].map(objectsIn) as [Objects, Objects];
  const different = [...ours].filter(([key, text]) => theirs.get(key) !== text).map(([key]) => key);
  if (ours.size !== side.size || theirs.size !== ours.size || different.length > 0) {
    throw new Error(
      `${output} has ${theirs.size} objects, not ${ours.size}; different: ${different.slice(0, 3).join()}`,
    );
  }
}

type Objects = ReadonlyMap<string, string>;

function objectsIn(text: string): Objects {
  const objects = new Map<string, string>();
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { kind: string; metadata: { name: string; namespace?: string } } | null;
    if (object === null) continue;
    const { name, namespace = '' } = object.metadata;
    objects.set(`${object.kind} ${namespace}/${name}`, JSON.stringify(object, sortKeys));
  }
  return objects;
}

/** What is measured has to be the review of these objects and of nothing else. */
function checkReview(root: string, env: Readonly<Record<string, string>>): void {
  const { stdout } = spawnSync(
    process.execPath,
    ['cli/bin.js', 'review', '--base', 'HEAD', '--json', '--fail-on', 'never'],
    { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  const { counts, changes } = JSON.parse(stdout) as {
    counts: { changed: number; findings: { error: number; warning: number } };
    changes: readonly { source?: object }[];
  };
  const { error, warning } = counts.findings;
  const untraced = changes.filter(({ source }) => source === undefined).length;
  if (counts.changed !== changedServices || error + warning + untraced > 0) throw new Error(JSON.stringify(counts));
}

function sample(all: readonly Variant[], runs: number, { root, temporary }: Work): ReadonlyMap<string, Sample[]> {
  const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]));
  for (let taken = 0; taken < runs; taken += 1) {
    // forth and back, so that a machine that slows down or speeds up does so for all; what is compiled is compiled first
    const [cold, first, ...others] = all as [Variant, Variant, ...Variant[]];
    for (const { name, command, args, cwd = root, prepare } of [
      cold,
      first,
      ...(taken % 2 ? others.toReversed() : others),
    ]) {
      const known = samples.get(name)!;
      // what took minutes or failed twice will not tell more
      if (known.filter(({ failed }) => failed !== undefined).length >= 2) continue;
      prepare?.();
      const result = measure({ command, args, cwd, env: { TMPDIR: temporary }, timeoutSeconds });
      known.push(result);
      process.stderr.write(`${taken + 1}/${runs} ${name}: ${result.seconds} s ${result.failed ?? ''}\n`);
    }
  }
  return samples;
}

async function main(): Promise<void> {
  const runs = Number(option('--runs') ?? 10);
  const without = option('--without');
  const machine = inspectBenchMachine();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const rivals = await buildRivals(say);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const [root, temporary] = [path.join(folder, 'project'), path.join(folder, 'tmp')];
    mkdirSync(temporary);
    say('making 1,000 services and 50 changes');
    await makeReviewedProject(root);
    checkReview(root, { TMPDIR: temporary });
    say('rendering the same objects by Helm and Kustomize, and comparing them one by one');
    const work: Work = {
      root,
      temporary,
      changed: writeChanged(root, folder),
      ...makeRivalProjects(root, folder, rivals, without),
    };
    const wanted = variants(work, rivals).filter(({ name }) => without === undefined || !name.startsWith(without));
    const samples = sample(wanted, runs, work);
    const versions = Object.fromEntries(Object.entries(rivals).map(([name, { version }]) => [name, version]));
    const title = `Review: 50 of about 18,000 objects, ${runs} runs each`;
    const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const text = `${sampleTable(samples)}\n\n${tools.join(', ')}`;
    writeResults('review', title, machine, { runs, versions, samples: Object.fromEntries(samples) }, text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

run(main);
