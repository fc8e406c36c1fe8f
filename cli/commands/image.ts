import { rm } from 'node:fs/promises';
import path from 'node:path';
import { repositoryUrl } from '../../apps/derived';
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
  /** A clone of the repository that a service has of its own. */
  readonly from?: string;
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

/**
 * Where the sources are: here, or in a clone of the service's own repository.
 *
 * @throws UserError where that is not said, or said of services that live here
 */
function sourcesOf(services: readonly Service[], from: string | undefined): { readonly own?: string } {
  const elsewhere = services.filter(({ repository }) => repository !== undefined);
  const [first] = elsewhere;
  if (from === undefined) {
    if (first === undefined) return {};
    throw new UserError('the sources of these services are not here', {
      details: elsewhere.map(({ name, repository }) => `${name}: is in ${repository}`),
      repair: `clone ${first.repository}, then npx slipway image push ${first.name} --from <folder of the clone>`,
    });
  }
  if (services.length === 1 && first !== undefined) return { own: path.resolve(from) };
  throw new UserError('--from is for one service with a repository of its own', {
    details: services.map(
      ({ name, repository }) => `${name}: is ${repository === undefined ? 'here' : `in ${repository}`}`,
    ),
  });
}

/** The address of a repository of the forge. */
function addressOf({ catalog }: Project, { repository }: Service): string {
  const { forge } = catalog.platform;
  return repository === undefined ? forge.url : repositoryUrl(forge, repository);
}

/** Only files that a commit holds make an image that can be made again. */
async function sourceTree(root: string, folders: readonly string[], allowDirty: boolean): Promise<SourceTree> {
  const git = new Repository(root);
  const head = await projectHead(root, git);
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
  const { own } = sourcesOf(services, flags.from);
  const folders = own === undefined ? [...services.map(({ folder }) => folder), 'apps/shared'] : ['.'];
  const tree = await sourceTree(own ?? root, folders, flags.allowDirty === true);
  const supply = await openPlatformSupply(project, context);
  const done = finish(project, await supply.tool('crane'));
  const reports: ImageReport[] = [];
  for (const described of services) {
    const { name: service, image } = described;
    const reference = `${image}:${tree.tag}`;
    const file = path.join(project.state, 'images', `${service}-${tree.tag}.tar`);
    const report = await progress.step(`build ${service} ${tree.tag}`, async (step) => {
      try {
        const built = await buildService({
          root,
          service,
          ...(own !== undefined && { own }),
          reference,
          version: tree.tag,
          ...(tree.revision !== undefined && { revision: tree.revision }),
          source: addressOf(project, described),
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
