import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Suggestions } from '../../apps/suggest';
import { listed } from '../../apps/violation';
import type { Service } from '../../apps/model';
import { UserError } from '../../core/errors';
import { Repository } from '../../delivery/git';
import { versionOf } from '../../delivery/releases';
import { projectHead } from '../../delivery/scratch';
import { timeOfCommit } from '../../delivery/source-order';
import { probeEngine } from '../../infra/engine';
import type { CommandContext } from '../context';
import { buildService } from '../platform/images';
import { loadProject, type Project } from '../platform/project';
import { serviceRegistry } from '../platform/registry';
import { openPlatformSupply } from '../platform/supply';

export interface ImageFlags {
  readonly allowDirty?: boolean;
  readonly json?: boolean;
}

/** One image, as `bump --file` reads it. */
export interface ImageReport {
  readonly service: string;
  readonly image: string;
  readonly digest: string;
  readonly source?: string;
  readonly sourceTime?: string;
  /** Where `build` left it. */
  readonly archive?: string;
  /** False where the registry had it already. */
  readonly pushed?: boolean;
}

/** What an image is built from. */
interface SourceTree {
  readonly tag: string;
  readonly revision?: string;
  readonly time?: string;
}

function chosen({ catalog }: Project, names: readonly string[]): readonly Service[] {
  const known = catalog.services.map(({ name }) => name);
  const suggestions = new Suggestions(known);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UserError('there is no such service', {
      details: unknown.map((name) => {
        const repair = suggestions.for(name);
        return `${name}: is not a service; allowed: ${listed(known)}${repair === undefined ? '' : `; ${repair}`}`;
      }),
    });
  }
  return catalog.services.filter(({ name }) => names.includes(name));
}

/** Only files that a commit holds make an image that can be made again. */
async function sourceTree(root: string, services: readonly Service[], allowDirty: boolean): Promise<SourceTree> {
  const git = new Repository(root);
  const head = await projectHead(root, git);
  const folders = [...services.map(({ folder }) => folder), 'apps/shared'];
  const dirty = (await git.lines(['status', '--porcelain', '--untracked-files=all', '--', ...folders])).map((line) =>
    line.slice(3),
  );
  if (dirty.length === 0) {
    const time = await timeOfCommit(git, head);
    return { tag: versionOf(head), revision: head, ...(time !== undefined && { time }) };
  }
  if (allowDirty) return { tag: `${versionOf(head)}-dirty` };
  throw new UserError('these files are in no commit, so nobody could build this image again', {
    details: dirty.slice(0, 20),
    repair: 'commit them; or give --allow-dirty for an image that is never released',
  });
}

/** The engine that is there; without one the image is assembled. */
async function engineCommand(): Promise<string | undefined> {
  for (const command of ['docker', 'podman'] as const) {
    const { state } = await probeEngine(command);
    if (state === 'healthy' || state === 'unprivileged') return command;
  }
  return undefined;
}

function line({ service, image, digest }: ImageReport): string {
  return `${service}=${image}@${digest}`;
}

type Finish = (
  project: Project,
  crane: string,
) => (built: { archive: string; image: string; digest: string }) => Promise<Partial<ImageReport>>;

async function each(
  context: CommandContext,
  flags: ImageFlags,
  names: readonly string[],
  finish: Finish,
  kept: boolean,
): Promise<void> {
  const { root, progress, signal, out } = context;
  const project = await loadProject(root);
  const services = chosen(project, names);
  const tree = await sourceTree(root, services, flags.allowDirty === true);
  const supply = await openPlatformSupply(project, context);
  const done = finish(project, await supply.tool('crane'));
  const reports: ImageReport[] = [];
  for (const { name: service, image } of services) {
    const reference = `${image}:${tree.tag}`;
    const file = path.join(project.state, 'images', `${service}-${tree.tag}.tar`);
    const report = await progress.step(`build ${service} ${tree.tag}`, async (step) => {
      try {
        const built = await buildService({
          root,
          service,
          reference,
          version: tree.tag,
          ...(tree.revision !== undefined && { revision: tree.revision }),
          source: project.catalog.platform.forge.url,
          file,
          supply,
          engine: engineCommand,
          step,
          signal,
        });
        return { service, image: reference, digest: built.digest, ...(await done(built)) };
      } finally {
        if (!kept) for (const leftover of [file, `${file}.digest`]) await rm(leftover, { force: true });
      }
    });
    reports.push({
      ...report,
      ...(tree.revision !== undefined && { source: tree.revision }),
      ...(tree.time !== undefined && { sourceTime: tree.time }),
    });
  }
  out(flags.json ? JSON.stringify({ images: reports }, null, 2) : reports.map(line).join('\n'));
}

export function build(context: CommandContext, flags: ImageFlags, ...names: readonly string[]): Promise<void> {
  return each(
    context,
    flags,
    names,
    () =>
      async ({ archive }) => ({ archive }),
    true,
  );
}

export function push(context: CommandContext, flags: ImageFlags, ...names: readonly string[]): Promise<void> {
  const finish: Finish = (project, crane) => {
    const registry = serviceRegistry(project, { crane, signal: context.signal });
    return async ({ archive, image }) => {
      const { digest, pushed } = await registry.push(archive, image);
      return { digest, pushed };
    };
  };
  return each(context, flags, names, finish, false);
}
