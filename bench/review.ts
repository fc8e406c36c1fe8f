import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../core/paths';
import { synthesize } from '../manifests/synth';
import { measure, summarize, type Sample } from './measure';
import { serviceName, writeSlipwayProject } from './projects';

/**
 * How long it takes to say what a change of 50 objects among 18,000 does, beside `git diff` and a differ of YAML: see
 * bench/README.md. `node --require tsx/cjs bench/review.ts [--runs 10] [--dyff <command>] [--force]`.
 */

const services = 1000;
const changedServices = 50;
const environments = ['developer', 'staging', 'production'];

interface Variant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Puts the machine in the state that is measured. @default as the run before left it */
  readonly prepare?: () => void;
}

function git(root: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', '-c', 'gc.auto=0'];
  execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'ignore' });
}

/** A project of its own with all its objects committed, and 50 services that ask for more in production. */
async function makeProject(root: string): Promise<void> {
  writeSlipwayProject(root, { services, environments });
  for (const room of ['cli', 'delivery', 'forge', 'infra', 'review']) {
    cpSync(path.join(projectRoot, room), path.join(root, room), { recursive: true });
  }
  writeFileSync(path.join(root, '.gitignore'), 'node_modules\n.slipway\n');
  await synthesize({ root });
  git(root, 'init', '--quiet', '--initial-branch=main');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'Base');
  git(root, 'gc', '--quiet');
  for (let index = 0; index < changedServices; index += 1) {
    const file = path.join(root, 'apps', serviceName(index * (services / changedServices)), 'service.ts');
    const text = readFileSync(file, 'utf8');
    const override = "environments: { production: { resources: { cpuRequest: '30m' } } },\n});";
    writeFileSync(file, text.replace(/\}\);\s*$/, `  ${override}\n`));
  }
  await synthesize({ root });
  git(root, 'add', '--all');
}

/** Both sides of what differs as one file of documents each: what a differ of files is given at its best. */
function writeSides(root: string, folder: string): readonly [string, string] {
  const names = execFileSync('git', ['diff', '--name-only', 'HEAD', '--', 'dist'], { cwd: root, encoding: 'utf8' });
  const files = names.trim().split('\n');
  if (files.length !== changedServices)
    throw new Error(`${files.length} files of dist changed, not ${changedServices}`);
  const before = files.map((file) => execFileSync('git', ['show', `HEAD:${file}`], { cwd: root, encoding: 'utf8' }));
  const after = files.map((file) => readFileSync(path.join(root, file), 'utf8'));
  const sides = ['before.yaml', 'after.yaml'].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(sides[0], before.join('---\n'));
  writeFileSync(sides[1], after.join('---\n'));
  return sides;
}

function variants(temporary: string, dyff: string | undefined, sides: readonly [string, string]): Variant[] {
  const node = process.execPath;
  const review = ['cli/bin.js', 'review', '--base', 'HEAD', '--fail-on', 'never'];
  return [
    {
      name: 'slipway review, nothing compiled',
      command: node,
      args: review,
      prepare: () => {
        rmSync(temporary, { recursive: true, force: true });
        mkdirSync(temporary);
      },
    },
    { name: 'slipway review', command: node, args: review },
    { name: 'git diff, no meaning', command: 'git', args: ['diff', 'HEAD', '--', 'dist'] },
    ...(dyff === undefined
      ? []
      : [{ name: 'dyff of the 50 changed files alone', command: dyff, args: ['between', '--omit-header', ...sides] }]),
  ];
}

function table(samples: ReadonlyMap<string, readonly Sample[]>): string {
  const lines = ['| | median | p95 | CPU | peak memory |', '|---|---:|---:|---:|---:|'];
  for (const [name, taken] of samples) {
    const { median, p95 } = summarize(taken.map(({ seconds }) => seconds));
    const cpu = summarize(taken.map(({ cpuSeconds }) => cpuSeconds)).median;
    const memory = summarize(taken.map(({ peakMiB }) => peakMiB)).median;
    lines.push(`| ${name} | ${median.toFixed(2)} s | ${p95.toFixed(2)} s | ${cpu.toFixed(2)} s | ${memory} MiB |`);
  }
  return lines.join('\n');
}

async function main(): Promise<void> {
  const option = (name: string): string | undefined => {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1];
  };
  const runs = Number(option('--runs') ?? 10);
  const load = os.loadavg()[0]!;
  if (load > 0.7 && !process.argv.includes('--force')) {
    throw new Error(`the machine is busy (load ${load.toFixed(2)}); numbers would be noise. --force measures anyway`);
  }
  const work = mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const [root, temporary] = [path.join(work, 'project'), path.join(work, 'tmp')];
    mkdirSync(temporary);
    await makeProject(root);
    const all = variants(temporary, option('--dyff'), writeSides(root, work));
    const env = { TMPDIR: temporary };
    // what is measured has to be the review of these objects and of nothing else
    const { stdout } = spawnSync(
      process.execPath,
      ['cli/bin.js', 'review', '--base', 'HEAD', '--json', '--fail-on', 'never'],
      {
        cwd: root,
        env: { ...process.env, ...env },
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    );
    const { counts } = JSON.parse(stdout) as { counts: { changed: number; findings: { error: number } } };
    if (counts.changed !== changedServices || counts.findings.error !== 0) throw new Error(JSON.stringify(counts));
    const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]));
    for (let run = 0; run < runs; run += 1) {
      // forth and back, so that a machine that slows down or speeds up does so for all
      for (const { name, command, args, prepare } of run % 2 === 0 ? all : all.toReversed()) {
        prepare?.();
        const sample = measure({ command, args, cwd: root, env, timeoutSeconds: 300 });
        samples.get(name)!.push(sample);
        process.stderr.write(`${run + 1}/${runs} ${name}: ${sample.seconds} s ${sample.failed ?? ''}\n`);
      }
    }
    const machine = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${os.cpus().length} cores (${os.cpus()[0]?.model}), load before: ${load.toFixed(2)}`;
    const text = `# Review: 50 of about 18,000 objects, ${runs} runs each\n\n${machine}\n\n${table(samples)}\n`;
    const results = path.join(projectRoot, 'bench/results');
    mkdirSync(results, { recursive: true });
    writeFileSync(path.join(results, 'review.md'), text);
    writeFileSync(
      path.join(results, 'review.json'),
      `${JSON.stringify({ machine, runs, samples: Object.fromEntries(samples) }, null, 2)}\n`,
    );
    process.stdout.write(text);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error instanceof Error ? error.message : error)}\n`);
  process.exitCode = 1;
});
