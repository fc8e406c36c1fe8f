import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../core/paths';
import { summarize } from './measure';
import { inspectBenchMachine, option, run, writeResults } from './report';

/**
 * How long `up` takes by part, how long where nothing has to be done, and what the idle platform holds in memory: see
 * bench/README.md. `node --require tsx/cjs bench/up.ts [--runs 3] [--force]`, or `--log <file>` for a run that was
 * written down with a time before each line.
 */

interface Line {
  /** Since the start, in seconds. */
  readonly at: number;
  readonly text: string;
}

/** A step of the progress, from its announcement to its end. Steps overlap: tools are still made while nodes start. */
interface Part {
  readonly name: string;
  readonly from: number;
  readonly seconds: number;
}

function partsOf(lines: readonly Line[]): readonly Part[] {
  const began = new Map<string, number>();
  const parts: Part[] = [];
  for (const { at, text } of lines) {
    const [, mark, name] = /^\s*([…✓]) (.+?)(?: (?:\d+h )?(?:\d+m )?\d+s.*)?$/.exec(text) ?? [];
    if (name === undefined) continue;
    if (mark === '…') {
      if (!began.has(name)) began.set(name, at);
    } else {
      const from = began.get(name) ?? at;
      parts.push({ name, from, seconds: at - from });
      began.delete(name);
    }
  }
  return parts.toSorted((one, other) => one.from - other.from);
}

const settings = ['--name=slipway-bench', '--http-port=18086', '--https-port=18446', '--registry-port=15086'];

/** Runs a command of the CLI and keeps every line of its progress with its time. */
async function timed(root: string, ...args: string[]): Promise<{ seconds: number; lines: readonly Line[] }> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const child = spawn(process.execPath, ['cli/bin.js', ...args], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: Line[] = [];
  createInterface({ input: child.stderr }).on('line', (text) => {
    lines.push({ at: elapsed(), text });
    process.stderr.write(`${text}\n`);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`slipway ${args.join(' ')} exited with ${String(code)}`);
  return { seconds: elapsed(), lines };
}

/** Working set of every container of the platform, as the engine counts it: memory without file caches it can drop. */
function memoryMiB(): Readonly<Record<string, number>> {
  const names = execFileSync('docker', ['ps', '--filter', 'name=^slipway-bench', '--format', '{{.Names}}'], {
    encoding: 'utf8',
  });
  const stats = execFileSync(
    'docker',
    ['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}', ...names.trim().split('\n')],
    { encoding: 'utf8' },
  );
  const unit: Readonly<Record<string, number>> = { KiB: 1 / 1024, MiB: 1, GiB: 1024 };
  return Object.fromEntries(
    stats
      .trim()
      .split('\n')
      .map((line) => {
        const [, name, amount, size] = /^(\S+) ([\d.]+)(\w+)/.exec(line)!;
        return [name!, Math.round(Number(amount) * unit[size!]!)];
      }),
  );
}

async function measureUp(runs: number) {
  const root = path.join(mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-')), 'project');
  execFileSync('git', ['clone', '--quiet', projectRoot, root]);
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(root, 'node_modules'));
  const warm: { seconds: number; parts: readonly Part[] }[] = [];
  const unchanged: number[] = [];
  const memory: Readonly<Record<string, number>>[] = [];
  try {
    // compiles the TypeScript, asks for the supply once: what is measured is a second platform of this machine
    await timed(root, 'supply', 'fetch');
    for (let index = 0; index < runs; index += 1) {
      const { seconds, lines } = await timed(root, 'up', ...settings);
      warm.push({ seconds, parts: partsOf(lines) });
      for (let again = 0; again < 3; again += 1) unchanged.push((await timed(root, 'up', ...settings)).seconds);
      await sleep(120_000);
      memory.push(memoryMiB());
      await timed(root, 'down');
    }
  } finally {
    await timed(root, 'down');
    rmSync(path.dirname(root), { recursive: true, force: true });
  }
  return { warm, unchanged, memory };
}

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const seconds = (value: number): string => `${value.toFixed(1)} s`;

function table({ warm, unchanged, memory }: Awaited<ReturnType<typeof measureUp>>): string {
  const names = [...new Set(warm.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const total = memory.map((containers) => Object.values(containers).reduce((sum, one) => sum + one, 0));
  const median = (values: readonly number[]): string => seconds(summarize(values).median);
  return [
    row('warm `up`: the supply is in the cache, no cluster', 'starts after', 'takes'),
    row('---', '---:', '---:'),
    ...names.map((name) => {
      const found = warm.flatMap(({ parts }) => parts.filter((part) => part.name === name));
      return row(name, median(found.map(({ from }) => from)), median(found.map((part) => part.seconds)));
    }),
    row('**to all Healthy and answering**', '', `**${median(warm.map((sample) => sample.seconds))}**`),
    '',
    row('also', 'median', 'worst'),
    row('---', '---:', '---:'),
    row('`up` with nothing to do', median(unchanged), seconds(Math.max(...unchanged))),
    row('memory of the idle platform', `${summarize(total).median} MiB`, `${Math.max(...total)} MiB`),
  ].join('\n');
}

/** A log with `HH:MM:SS` before each line; only its last `up` counts. */
function readLog(file: string): readonly Line[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => /^(\d\d):(\d\d):(\d\d) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, hours, minutes, secs, text]) => ({
      at: Number(hours) * 3600 + Number(minutes) * 60 + Number(secs),
      text: text!,
    }));
  const start = lines.findLastIndex(({ text }) => text === '> node cli/bin.js up');
  const first = lines[start]!.at;
  return lines.slice(start).map(({ at, text }) => ({ at: (at - first + 86_400) % 86_400, text }));
}

async function main(): Promise<void> {
  const log = option('--log');
  if (log === undefined) {
    const machine = inspectBenchMachine();
    const runs = Number(option('--runs') ?? 3);
    const results = await measureUp(runs);
    writeResults('up', `Starting a platform, ${runs} runs`, machine, { runs, ...results }, table(results));
    return;
  }
  const lines = readLog(log);
  for (const { name, from, seconds: took } of partsOf(lines)) {
    process.stdout.write(`${row(name, seconds(from), seconds(took))}\n`);
  }
  process.stdout.write(`${row('**all**', '', seconds(lines.at(-1)!.at))}\n`);
}

run(main);
