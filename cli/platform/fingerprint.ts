import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../core/files';
import type { Project } from './project';

/** What the Pulumi program and its provider are made of; a change in any of it means that they have to run. */
const INPUTS = ['core', 'apps', 'infra', 'delivery', 'cli/provider', 'package-lock.json', 'Pulumi.yaml'];
/** Sources and releases of services reach the platform by deliveries, not by Pulumi. */
const LEFT_OUT = /(^|\/)(node_modules|build|test|src|releases|\.[^/]*)(\/|$)/;

async function filesBelow(root: string, relative: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, relative), { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [relative];
  const inside = await Promise.all(
    entries
      .map((entry) => `${relative}/${entry.name}`)
      .filter((name) => !LEFT_OUT.test(name))
      .map((name) => filesBelow(root, name)),
  );
  return inside.flat();
}

/** One digest of everything that decides what Pulumi would do. */
export async function fingerprint(project: Pick<Project, 'root' | 'settings'>): Promise<string> {
  const files = (await Promise.all(INPUTS.map((input) => filesBelow(project.root, input)))).flat().toSorted();
  const hash = createHash('sha256').update(JSON.stringify(project.settings));
  for (const file of files) {
    const content = await readFile(path.join(project.root, file)).catch(() => Buffer.alloc(0));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

const fileOf = (project: Pick<Project, 'state'>): string => path.join(project.state, 'completed.json');

/** What the last `up` that came to its end recorded. */
export interface Completed {
  readonly fingerprint: string;
  /** Substitutions and choices, repeated when nothing has to be done. */
  readonly notes: readonly string[];
}

export async function readCompleted(project: Pick<Project, 'state'>): Promise<Completed | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(project), 'utf8')) as Completed;
  } catch {
    return undefined;
  }
}

export async function writeCompleted(project: Pick<Project, 'state'>, completed: Completed): Promise<void> {
  await writeFileAtomic(fileOf(project), `${JSON.stringify(completed, null, 2)}\n`, 0o600);
}
