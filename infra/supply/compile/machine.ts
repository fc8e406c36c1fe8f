import { freemem } from 'node:os';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { tools, type Tool, type ToolName } from '../../versions';

const GIB = 2 ** 30;

/** All Go builds together leave this much in caches while they run, besides what is kept. */
const CACHES_OF_ALL_BYTES = 29 * GIB;

/** What one compilation of the largest packages takes at its peak. */
const LEAST_MEMORY_BYTES = 2 * GIB;
const AMPLE_MEMORY_BYTES = 6 * GIB;

/** The disk that compiling these tools takes at its peak, build caches included. */
export function diskForBuilds(names: readonly ToolName[]): number {
  const all = Object.values<Tool>(tools);
  const seconds = (list: readonly Tool[]): number => list.reduce((sum, tool) => sum + tool.build.seconds, 0);
  const chosen = names.map((name): Tool => tools[name]);
  const kept = chosen.reduce((sum, tool) => sum + tool.bytes, 0);
  return chosen.length === 0 ? 0 : Math.round((CACHES_OF_ALL_BYTES * seconds(chosen)) / seconds(all) + kept + GIB / 2);
}

export interface BuildMachine {
  readonly freeDiskBytes: number;
  readonly freeMemoryBytes: number;
  readonly hasCompiler: boolean;
}

/** Memory that can be had without swapping; `MemFree` alone leaves out what the kernel gives back. */
async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}

export async function inspectMachine(cache: string): Promise<BuildMachine> {
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const compiler = await exec('gcc', ['--version']).catch(() => undefined);
  return {
    freeDiskBytes: bavail * bsize,
    freeMemoryBytes: await availableMemory(),
    hasCompiler: compiler !== undefined,
  };
}

export const inGib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/**
 * What stands in the way of compiling these tools, each with its repair; empty where nothing does.
 *
 * @param usedBytes what the caches of an interrupted build hold already
 */
export function obstacles(names: readonly ToolName[], machine: BuildMachine, usedBytes = 0): readonly string[] {
  const problems: string[] = [];
  const disk = Math.max(GIB / 2, diskForBuilds(names) - usedBytes);
  if (names.length > 0 && machine.freeDiskBytes < disk) {
    problems.push(
      `disk: ${inGib(machine.freeDiskBytes)} free, ${inGib(disk)} needed while tools are compiled; free some, or put the cache on another disk with SLIPWAY_CACHE=<folder>`,
    );
  }
  if (names.length > 0 && machine.freeMemoryBytes < LEAST_MEMORY_BYTES) {
    problems.push(
      `memory: ${inGib(machine.freeMemoryBytes)} free, ${inGib(LEAST_MEMORY_BYTES)} needed to compile; stop other programs`,
    );
  }
  if (names.some((name) => (tools[name] as Tool).build.cgo === true) && !machine.hasCompiler) {
    problems.push('compiler: no gcc, which gitea is linked with; install it with `apt-get install gcc libc6-dev`');
  }
  return problems;
}

/** @throws UserError listing all obstacles */
export function checkMachine(names: readonly ToolName[], machine: BuildMachine, usedBytes = 0): void {
  const details = obstacles(names, machine, usedBytes);
  if (details.length > 0) throw new UserError('tools cannot be compiled on this machine', { details });
}

/** The garbage collector's pace: a third faster where memory is ample, Go's own where it is not. */
export function gogcFor(machine: BuildMachine): number {
  return machine.freeMemoryBytes >= AMPLE_MEMORY_BYTES ? 800 : 100;
}
