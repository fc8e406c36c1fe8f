import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { UserError } from '../../core/errors';
import { bump as bumpLocks } from '../../delivery/bump';
import { Repository } from '../../delivery/git';
import { timeOfCommit, toInstant } from '../../delivery/source-order';
import type { CommandContext } from '../context';
import { checkClaims, readClaims, readClaimsFile, type ImageClaim } from '../platform/built-images';
import { changeCopy, type LockFlags } from '../platform/lock-changes';
import { requireImages } from '../platform/registry';

export interface BumpFlags extends LockFlags {
  readonly env: string;
  readonly image?: string;
  readonly source?: string;
  readonly sourceTime?: string;
  readonly file?: string;
}

async function claimsIn(file: string): Promise<readonly ImageClaim[]> {
  if (file === '-') return readClaimsFile(await readAll(process.stdin), 'standard input');
  const content = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new UserError(`${file} cannot be read: ${cause.message}`, { cause });
  });
  return readClaimsFile(content, file);
}

/** Any spelling of an instant, as locks write it. */
function instant(text: string): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return toInstant(time);
  throw new UserError(`--source-time: "${text}" is not an instant; allowed: what \`git log -1 --format=%cI\` answers`);
}

/** The whole name of a commit, and when it was made, where this project knows it. */
async function known(git: Repository, source: string): Promise<{ source: string; sourceTime?: string }> {
  const whole = /^[0-9a-f]{40}$/.test(source);
  const commit = whole ? source : ((await git.commit(source)) ?? source);
  const sourceTime = /^[0-9a-f]{40}$/.test(commit) ? await timeOfCommit(git, commit) : undefined;
  return { source: commit, ...(sourceTime !== undefined && { sourceTime }) };
}

export async function bump(context: CommandContext, flags: BumpFlags, ...words: readonly string[]): Promise<number> {
  const { env: environment, file, image } = flags;
  const git = new Repository(context.root, undefined, context.signal);
  const common = {
    ...(flags.source !== undefined && (await known(git, flags.source))),
    ...(flags.sourceTime !== undefined && { sourceTime: instant(flags.sourceTime) }),
  };
  const claims = [...(file === undefined ? [] : await claimsIn(file)), ...readClaims(words, image)];
  const images = checkClaims(claims.map((claim) => ({ ...common, ...claim })));
  const services = images.map(({ service }) => service);
  const { exitCode } = await changeCopy(context, flags, {
    action: 'bump',
    environment,
    services,
    approvable: true,
    title: `bump ${services.length === 1 ? services[0] : `${services.length} services`} in ${environment}`,
    work: async (command, project) => {
      await requireImages(project, images, context);
      return bumpLocks({ ...command, environment, images });
    },
  });
  return exitCode;
}
