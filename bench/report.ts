import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../core/paths';

/** What a benchmark ran on. */
export interface BenchMachine {
  readonly date: string;
  readonly node: string;
  readonly cpu: string | undefined;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Load average of the last minute before it began. */
  readonly loadBefore: number;
}

/** The value after an option of the command line. */
export function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** @throws Error where the machine is busy with something else, unless `--force` was given */
export function inspectBenchMachine(): BenchMachine {
  const loadBefore = os.loadavg()[0]!;
  if (loadBefore > 0.7 && !process.argv.includes('--force')) {
    throw new Error(
      `the machine is busy (load ${loadBefore.toFixed(2)}); numbers would be noise. --force measures anyway`,
    );
  }
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpu: os.cpus()[0]?.model,
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    loadBefore,
  };
}

function describe({ date, node, cpu, cores, memoryGiB, loadBefore }: BenchMachine): string {
  return `${date.slice(0, 10)}, Node ${node}, ${cores} cores (${cpu}), ${memoryGiB} GiB, load before: ${loadBefore.toFixed(2)}`;
}

/** Keeps the raw samples beside the table that is made of them, and prints the table. */
export function writeResults(name: string, title: string, machine: BenchMachine, samples: object, table: string): void {
  const folder = path.join(projectRoot, 'bench/results');
  const text = `# ${title}\n\n${describe(machine)}\n\n${table.trim()}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify({ machine, ...samples }, null, 2)}\n`);
  writeFileSync(path.join(folder, `${name}.md`), text);
  process.stdout.write(text);
}

/** Runs a benchmark, unless help is asked for; what it throws is told without a stack. */
export function run(benchmark: () => Promise<void>): void {
  if (process.argv.includes('--help')) {
    process.stdout.write('bench/README.md says what each benchmark measures, needs and takes.\n');
    return;
  }
  benchmark().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
