import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One run of one command. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the largest of its processes. */
  readonly peakMiB: number;
  readonly failed?: string;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

/** Runs a command under GNU time. A run that fails or takes too long is a sample that says so. */
export function measure({ command, args, cwd, env, timeoutSeconds }: Command): Sample {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-time-'));
  const report = path.join(folder, 'report');
  try {
    const limit = ['--kill-after=5', String(timeoutSeconds), command, ...args];
    const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', '-o', report, 'timeout', ...limit], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    const numbers = readFileSync(report, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
    const [seconds, user, system, kibibytes] = numbers as [number, number, number, number];
    return {
      seconds,
      cpuSeconds: user + system,
      peakMiB: Math.round(kibibytes / 1024),
      ...(status !== 0 && {
        failed: status === 124 ? `stopped after ${timeoutSeconds} s` : `exit ${status}: ${stderr.slice(-500)}`,
      }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Summary {
  readonly median: number;
  readonly p95: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (quantile: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(quantile * sorted.length) - 1)]!;
  return { median: at(0.5), p95: at(0.95) };
}

/** A table of samples: the first failure of a variant stands in the place of its numbers. */
export function sampleTable(samples: Iterable<readonly [name: string, taken: readonly Sample[]]>): string {
  const lines = ['| | median | p95 | CPU | peak memory |', '|---|---:|---:|---:|---:|'];
  for (const [name, taken] of samples) {
    const failed = taken.find((one) => one.failed !== undefined)?.failed;
    const { median, p95 } = summarize(taken.map(({ seconds }) => seconds));
    const cpu = summarize(taken.map(({ cpuSeconds }) => cpuSeconds)).median;
    const memory = summarize(taken.map(({ peakMiB }) => peakMiB)).median;
    lines.push(
      failed === undefined
        ? `| ${name} | ${median.toFixed(2)} s | ${p95.toFixed(2)} s | ${cpu.toFixed(2)} s | ${memory} MiB |`
        : `| ${name} | ${failed.split('\n')[0]} | | | |`,
    );
  }
  return lines.join('\n');
}

/** For `JSON.stringify`: objects that are equal are written alike. */
export function sortKeys(_key: string, member: unknown): unknown {
  if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
}
