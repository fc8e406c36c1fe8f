import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../core/errors';
import type { ForgeEvent } from './event';
import { matches } from './filters';

/** A workflow of a repository that an event starts. */
export interface Workflow {
  /** The file's name without its ending; the status is called `ci/<name>`. */
  readonly name: string;
  /** Relative to the repository. */
  readonly file: string;
  /** Actions, and workflows of other repositories, that it uses: `owner/repository[/path]@reference`. */
  readonly actions: readonly string[];
}

/** The commit of an event with its surroundings. */
export interface EventPlace {
  /** A work tree of the commit. */
  readonly folder: string;
  readonly event: ForgeEvent;
  /** Files that the event changed; undefined where all are new. */
  readonly changed: () => Promise<readonly string[] | undefined>;
}

type Json = Readonly<Record<string, unknown>>;

export const workflowsFolder = '.github/workflows';

function record(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  const list = Array.isArray(value) ? (value as unknown[]) : value === undefined ? undefined : [value];
  return list?.map(String);
}

/** The filters of an event in `on`; undefined where the workflow does not listen to it. */
function triggerOf(workflow: Json, name: string): Json | undefined {
  const { on } = workflow;
  const list = texts(on);
  if (record(on) === undefined) return list?.includes(name) ? {} : undefined;
  return Object.hasOwn(on as Json, name) ? (record((on as Json)[name]) ?? {}) : undefined;
}

/** Whether the name of the reference that moved passes: of a push the branch or tag, of a pull request its target. */
function passesReference(trigger: Json, event: ForgeEvent): boolean {
  if (event.name === 'release' || event.name === 'repository_dispatch') return true;
  const tag = event.ref.startsWith('refs/tags/');
  const base = record(record(event.payload['pull_request'])?.['base'])?.['ref'];
  const name = event.name === 'pull_request' ? String(base) : event.ref.replace(/^refs\/(?:heads|tags)\//, '');
  const [mine, other] = tag ? ['tags', 'branches'] : ['branches', 'tags'];
  const wanted = texts(trigger[mine]);
  const ignored = texts(trigger[`${mine}-ignore`]);
  if (wanted !== undefined) return matches(wanted, name);
  if (ignored !== undefined) return !matches(ignored, name);
  // who names tags alone does not mean branches, and the other way round
  return trigger[other] === undefined && trigger[`${other}-ignore`] === undefined;
}

function passesType(trigger: Json, event: ForgeEvent): boolean {
  const types = texts(trigger['types']);
  return types === undefined || event.name === 'push' || types.includes(String(event.payload['action']));
}

async function passesPaths(trigger: Json, { changed, event }: EventPlace): Promise<boolean> {
  const wanted = texts(trigger['paths']);
  const ignored = texts(trigger['paths-ignore']);
  if ((wanted ?? ignored) === undefined || event.ref.startsWith('refs/tags/')) return true;
  const files = await changed();
  if (files === undefined) return true;
  if (wanted !== undefined) return files.some((file) => matches(wanted, file));
  return files.some((file) => !matches(ignored!, file));
}

async function read(folder: string, file: string): Promise<Json> {
  try {
    const content = record(parse(await readFile(path.join(folder, file), 'utf8')));
    if (content !== undefined) return content;
  } catch (cause) {
    throw new UserError(`${file} is no workflow: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
  throw new UserError(`${file} is no workflow: it holds no object`);
}

async function actionsOf(folder: string, workflow: Json): Promise<readonly string[]> {
  const jobs = Object.values(record(workflow['jobs']) ?? {}).map((job) => record(job) ?? {});
  const steps = jobs.flatMap((job) => (Array.isArray(job['steps']) ? (job['steps'] as unknown[]) : []));
  const uses = [...jobs, ...steps].map((each) => record(each)?.['uses']).filter((each) => typeof each === 'string');
  const local = uses.filter((each) => each.startsWith(`./${workflowsFolder}/`));
  const called = await Promise.all(local.map(async (each) => actionsOf(folder, await read(folder, each.slice(2)))));
  return [...new Set([...uses.filter((each) => !each.startsWith('./')), ...called.flat()])].sort();
}

/** What the steps and jobs of one workflow of a work tree use. @throws UserError where the file is no workflow */
export async function workflowActions(folder: string, file: string): Promise<readonly string[]> {
  return actionsOf(folder, await read(folder, file));
}

/**
 * The workflows of a commit that an event starts, by name. What the runner itself does not know of filters
 * (branches, tags, paths, types) is decided here.
 *
 * @throws UserError where a file is no workflow
 */
export async function workflowsFor(place: EventPlace): Promise<readonly Workflow[]> {
  const { folder, event } = place;
  const names = await readdir(path.join(folder, workflowsFolder)).catch(() => [] as string[]);
  const found: Workflow[] = [];
  for (const name of names.filter((each) => /\.ya?ml$/.test(each)).sort()) {
    const file = `${workflowsFolder}/${name}`;
    const workflow = await read(folder, file);
    const trigger = triggerOf(workflow, event.name);
    if (trigger === undefined || !passesReference(trigger, event) || !passesType(trigger, event)) continue;
    if (!(await passesPaths(trigger, place))) continue;
    found.push({ name: name.replace(/\.ya?ml$/, ''), file, actions: await actionsOf(folder, workflow) });
  }
  return found;
}
