import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseRelease, serializeRelease } from '../apps/release';
import type { Release } from '../apps/model';
import { Suggestions } from '../apps/suggest';
import { listed } from '../apps/violation';
import { UserError } from '../core/errors';
import { writeFileAtomic } from '../core/files';

/** The path of a lock, relative to the project. */
export function lockPath(service: string, environment: string): string {
  return `apps/${service}/releases/${environment}.yaml`;
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [] as string[])).toSorted();
}

/** Services of a tree that have locks. */
async function servicesOf(root: string): Promise<readonly string[]> {
  const folders = await names(path.join(root, 'apps'));
  const locks = await Promise.all(folders.map((name) => names(path.join(root, 'apps', name, 'releases'))));
  return folders.filter((_name, index) => locks[index]!.length > 0);
}

async function missing(root: string, service: string, environment: string): Promise<string> {
  const services = await servicesOf(root);
  if (!services.includes(service)) {
    const repair = new Suggestions(services).for(service);
    return `${service}: is not a service of the platform; allowed: ${listed(services)}${repair ? `; ${repair}` : ''}`;
  }
  const environments = (await names(path.join(root, 'apps', service, 'releases'))).map((file) => path.parse(file).name);
  const repair = new Suggestions(environments).for(environment);
  return `${environment}: is not an environment of ${service}; allowed: ${listed(environments)}${repair ? `; ${repair}` : ''}`;
}

/**
 * The locks of services in one environment, out of a tree.
 *
 * @throws UserError naming every service that has none there
 */
export async function readLocks(
  root: string,
  services: readonly string[],
  environment: string,
): Promise<ReadonlyMap<string, Release>> {
  const locks = new Map<string, Release>();
  const problems: string[] = [];
  for (const service of services) {
    const file = lockPath(service, environment);
    // a name is part of a path
    const named = /^[a-z0-9-]+$/.test(service) && /^[a-z0-9-]+$/.test(environment);
    const content = named ? await readFile(path.join(root, file), 'utf8').catch(() => undefined) : undefined;
    if (content === undefined) problems.push(await missing(root, service, environment));
    else locks.set(service, parseRelease(content, file));
  }
  if (problems.length > 0) throw new UserError('there is no such release lock', { details: [...new Set(problems)] });
  return locks;
}

/** Writes a lock of a tree. @returns whether it said something else before */
export async function writeLock(
  root: string,
  service: string,
  environment: string,
  release: Release,
): Promise<boolean> {
  const file = path.join(root, lockPath(service, environment));
  const content = serializeRelease(release);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === content) return false;
  await writeFileAtomic(file, content);
  return true;
}
