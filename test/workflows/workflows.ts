import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseDocument } from 'yaml';

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly file: string;
  readonly text: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Job['concurrency'];
  readonly jobs: Readonly<Record<string, Job>>;
}

export const root = path.join(__dirname, '../..');
const folder = path.join(root, '.github/workflows');

/** The project's own workflows. */
export const workflows: readonly Workflow[] = readdirSync(folder)
  .sort()
  .map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const errors = parseDocument(text).errors;
    if (errors.length > 0) throw errors[0]!;
    return { file, text, ...(parse(text) as Omit<Workflow, 'file' | 'text'>) };
  });

export interface PlacedJob {
  readonly workflow: Workflow;
  readonly name: string;
  readonly job: Job;
}

export const jobs: readonly PlacedJob[] = workflows.flatMap((workflow) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ workflow, name: `${workflow.file} ${name}`, job })),
);

/** A job by `<file> <job>`. */
export function jobOf(name: string): Job {
  return jobs.find((each) => each.name === name)!.job;
}

/** Text of everything below a value. */
export function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
