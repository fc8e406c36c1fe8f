import type { Repository } from './git';
import { recordReleases, type ImageBuilder, type ImageRequest } from './releases';
import type { Renderer } from './render';

/**
 * Makes the work tree the content of a commit, whatever an attempt before left in it.
 *
 * @param clean remove what an attempt before left. @default where anything was checked out before
 */
export async function checkout(git: Repository, commit: string, clean = git.hasWorkTree): Promise<void> {
  await git.run(['checkout', '--quiet', '--force', '--detach', commit]);
  if (clean) await git.run(['clean', '-f', '-d', '-x', '--quiet']);
}

/** A builder that builds the same content once, however often a delivery has to start over. */
export function remember(git: Repository, build: ImageBuilder): ImageBuilder {
  const built = new Map<string, ReturnType<ImageBuilder>>();
  return async (request: ImageRequest) => {
    // a service is compiled with the code that services share
    const content = await git.run(['ls-tree', 'HEAD', `apps/${request.service}`, 'apps/shared']);
    const key = `${request.service} ${content} ${request.tag}`;
    const known = built.get(key) ?? build(request);
    built.set(key, known);
    return known;
  };
}

export interface CompleteOptions {
  readonly git: Repository;
  /** The commit that images are built from. @default the current one */
  readonly source?: string;
  readonly build: ImageBuilder;
  readonly render: Renderer;
  readonly signal?: AbortSignal;
  /** Subject of the commit where releases are recorded or more than one commit is rendered. */
  readonly subject: string;
  /** Put what was rendered into the current commit instead of one of its own; not done where releases are recorded. */
  readonly amend: boolean;
}

/**
 * Completes the checked-out commit: releases for services that have none, then dist/. Nothing is committed where
 * nothing differs.
 *
 * @returns the services that were released
 */
export async function complete(options: CompleteOptions): Promise<readonly string[]> {
  const { git } = options;
  const source = options.source ?? (await git.head());
  const released = await recordReleases(git, source, options.build);
  await options.render(git.folder, options.signal);
  await git.run(['add', '--all', '--', 'apps/*/releases/*.yaml', 'dist']);
  if ((await git.try(['diff', '--cached', '--quiet'])).exitCode === 0) return released;
  const commit = ['commit', '--quiet', '--no-verify'];
  if (options.amend && released.length === 0) {
    await git.run([...commit, '--amend', '--no-edit']);
    return released;
  }
  const body = released.map((service) => `- ${service} is built from ${source.slice(0, 7)}`);
  await git.run([...commit, '--file=-'], {
    input: [options.subject, ...(body.length > 0 ? ['', ...body] : []), ''].join('\n'),
  });
  return released;
}
