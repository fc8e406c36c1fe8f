import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadCatalog } from '../apps/load';
import { projectRoot } from '../core/paths';
import { renderCatalog } from '../manifests/render';
import { synthesize } from '../manifests/synth';
import { readTree } from '../manifests/tree';
import { summarize } from './measure';
import { serviceName, writeLock, writeSlipwayProject } from './projects';
import { inspectBenchMachine, option, run, writeResults } from './report';

interface Sample {
  readonly seconds: number;
  readonly attempts: number;
  readonly state: string;
  readonly failed?: string;
}

interface Race {
  readonly samples: readonly Sample[];
  /** Commits that the race added to the branch. */
  readonly commits: number;
}

const environment = 'developer';

function git(folder: string, ...args: string[]): string {
  const identity = { GIT_AUTHOR_NAME: 'Bench', GIT_AUTHOR_EMAIL: 'bench@localhost', GIT_CONFIG_GLOBAL: '/dev/null' };
  const committer = { GIT_COMMITTER_NAME: 'Bench', GIT_COMMITTER_EMAIL: 'bench@localhost' };
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...identity, ...committer },
  }).trim();
}

/** One platform with its bare repository and as many checkouts as there are rivals. */
class Platform {
  readonly bare: string;
  readonly checkouts: readonly string[];

  private constructor(folder: string, rivals: number) {
    this.bare = path.join(folder, 'platform.git');
    this.checkouts = Array.from({ length: rivals }, (_each, index) => path.join(folder, `checkout-${index}`));
  }

  static async create(folder: string, rivals: number): Promise<Platform> {
    const platform = new Platform(folder, rivals);
    const project = path.join(folder, 'project');
    writeSlipwayProject(project, { services: rivals, environments: [environment, 'production'] });
    for (const name of ['cli', 'ci', 'delivery', 'forge', 'infra', 'review', 'package-lock.json'])
      cpSync(path.join(projectRoot, name), path.join(project, name), { recursive: true });
    for (let index = 0; index < rivals; index += 1) writeLock(project, serviceName(index), environment, '0'.repeat(40));
    await synthesize({ root: project });
    writeFileSync(path.join(project, '.gitignore'), 'node_modules\n.slipway/\n');
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', platform.bare);
    git(project, 'init', '--quiet', '--initial-branch=main');
    git(project, 'add', '--all');
    git(project, 'commit', '--quiet', '--message', 'Start');
    git(project, 'push', '--quiet', platform.bare, 'HEAD:main');
    for (const checkout of platform.checkouts) {
      git(folder, 'clone', '--quiet', platform.bare, checkout);
      symlinkSync(path.join(projectRoot, 'node_modules'), path.join(checkout, 'node_modules'));
    }
    return platform;
  }

  get head(): string {
    return git(this.bare, 'rev-parse', 'main');
  }

  /** A commit on the branch that images may claim to be built from. */
  source(): string {
    const [first] = this.checkouts as [string];
    git(first, 'pull', '--quiet', '--rebase', 'origin', 'main');
    git(first, 'commit', '--quiet', '--allow-empty', '--message', 'Change the code');
    git(first, 'push', '--quiet', 'origin', 'HEAD:main');
    return git(first, 'rev-parse', 'HEAD');
  }

  bump(checkout: string, service: string, source: string, cache: string): Promise<Sample> {
    const image = `registry.offerfit.local/${service}:${source.slice(0, 7)}@sha256:${source.padEnd(64, '0')}`;
    const args = [
      'bump',
      `${service}=${image}`,
      '--env',
      environment,
      '--source',
      source,
      '--remote',
      this.bare,
      '--json',
    ];
    const started = process.hrtime.bigint();
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [path.join(checkout, 'cli/bin.js'), ...args], {
        cwd: checkout,
        env: { ...process.env, SLIPWAY_CACHE: cache },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      child.on('close', (code) => {
        const seconds = Number(process.hrtime.bigint() - started) / 1e9;
        if (code !== 0) return resolve({ seconds, attempts: 0, state: 'failed', failed: stderr.slice(-400) });
        const { attempts, services } = JSON.parse(stdout) as { attempts: number; services: { state: string }[] };
        resolve({ seconds, attempts, state: services[0]!.state });
      });
    });
  }

  /** The branch is one line of commits since then, and dist of each is what its own catalog renders. */
  async prove(since: string): Promise<number> {
    const commits = git(this.bare, 'rev-list', '--reverse', `${since}..main`).split('\n').filter(Boolean);
    if (git(this.bare, 'rev-list', '--merges', '--count', `${since}..main`) !== '0') throw new Error('not one line');
    const [folder] = this.checkouts as [string];
    git(folder, 'fetch', '--quiet', 'origin');
    for (const commit of commits) {
      git(folder, 'checkout', '--quiet', '--force', '--detach', commit);
      const [rendered, committed] = [renderCatalog(await loadCatalog(folder)), readTree(path.join(folder, 'dist'))];
      const files = new Set([...rendered.keys(), ...committed.keys()]);
      for (const file of files)
        if (rendered.get(file) !== committed.get(file))
          throw new Error(`${commit}: dist/${file} is not what is rendered`);
    }
    git(folder, 'checkout', '--quiet', '--force', 'main');
    git(this.bare, 'fsck', '--no-dangling');
    return commits.length;
  }
}

async function race(platform: Platform, start: (index: number) => Promise<Sample>): Promise<Race> {
  const since = platform.head;
  const samples = await Promise.all(platform.checkouts.map((_checkout, index) => start(index)));
  return { samples, commits: await platform.prove(since) };
}

async function benchmark(platform: Platform, work: string, alone: number): Promise<Readonly<Record<string, Race>>> {
  const { checkouts } = platform;
  const shared = path.join(work, 'cache');
  const own = (index: number): string => path.join(work, `cache-${index}`);
  const sources: string[] = [];
  // compiled TypeScript lies in a cache by path; a runner that has run before has it
  for (const [index, checkout] of checkouts.entries())
    await platform.bump(checkout, serviceName(index), platform.source(), own(index));

  const results: Record<string, Race> = {};
  const since = platform.head;
  const single: Sample[] = [];
  for (let turn = 0; turn < alone; turn += 1)
    single.push(await platform.bump(checkouts[0]!, serviceName(0), platform.source(), shared));
  results['one alone'] = { samples: single, commits: (await platform.prove(since)) - alone };

  let source = platform.source();
  results['of as many services, in one checkout'] = await race(platform, (index) =>
    platform.bump(checkouts[0]!, serviceName(index), source, shared),
  );
  source = platform.source();
  results['of as many services, in a checkout each, one user'] = await race(platform, (index) =>
    platform.bump(checkouts[index]!, serviceName(index), source, shared),
  );
  source = platform.source();
  results['of as many services, as if on a machine each'] = await race(platform, (index) =>
    platform.bump(checkouts[index]!, serviceName(index), source, own(index)),
  );
  while (sources.length < checkouts.length) sources.push(platform.source());
  results['of one service, in a checkout each, one user'] = await race(platform, (index) =>
    platform.bump(checkouts[index]!, serviceName(0), sources[index]!, shared),
  );
  return results;
}

function table(results: Readonly<Record<string, Race>>): string {
  const lines = ['| | bumps | landed | superseded | failed | commits | median | p95 | slowest | most attempts |'];
  lines.push('|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
  for (const [name, { samples, commits }] of Object.entries(results)) {
    const { median, p95 } = summarize(samples.map(({ seconds }) => seconds));
    const of = (state: string): number => samples.filter((sample) => sample.state === state).length;
    const slowest = Math.max(...samples.map(({ seconds }) => seconds));
    const attempts = Math.max(...samples.map((sample) => sample.attempts));
    lines.push(
      `| ${name} | ${samples.length} | ${of('landed')} | ${of('superseded')} | ${of('failed')} | ${commits} | ` +
        `${median.toFixed(1)} s | ${p95.toFixed(1)} s | ${slowest.toFixed(1)} s | ${attempts} |`,
    );
  }
  return lines.join('\n');
}

async function main(): Promise<void> {
  const rivals = Number(option('--rivals') ?? 20);
  const alone = Number(option('--alone') ?? 10);
  const machine = inspectBenchMachine();
  const work = mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const platform = await Platform.create(work, rivals);
    const results = await benchmark(platform, work, alone);
    writeResults('bump', `Bumps, ${rivals} at once`, machine, { rivals, alone, results }, table(results));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

run(main);
