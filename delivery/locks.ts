import { isDeepStrictEqual } from 'node:util';
import { parseRelease, serializeRelease, withoutHold } from '../apps/release';
import type { Hold, Release } from '../apps/model';

const LOCK = /^apps\/([^/]+)\/releases\/([^/]+)\.yaml$/;

/** Which release of a service runs in an environment, kept in one small file so that bots never conflict. */
export interface LockFile {
  readonly service: string;
  readonly environment: string;
  /** Relative to the project. */
  readonly path: string;
}

/** Whether a path of the project is a release lock. */
export function isLock(path: string): boolean {
  return LOCK.test(path);
}

/** The lock a path stands for, or undefined for any other file. */
export function lockFile(path: string): LockFile | undefined {
  const match = LOCK.exec(path);
  return match === null ? undefined : { service: match[1]!, environment: match[2]!, path };
}

/** The content of a lock on three sides; undefined where the file is not there. */
export interface LockSides {
  /** What the local commit started from. */
  readonly base: string | undefined;
  readonly platform: string | undefined;
  readonly local: string | undefined;
}

export type MergedLock = { readonly content: string } | 'deleted' | 'conflict';

const CONFLICT = Symbol('conflict');

function mergeValue<T>(base: T, platform: T, local: T): T | typeof CONFLICT {
  if (isDeepStrictEqual(platform, local) || isDeepStrictEqual(local, base)) return platform;
  return isDeepStrictEqual(platform, base) ? local : CONFLICT;
}

function mergeWhat(base: Release | undefined, platform: Release, local: Release): Release | typeof CONFLICT {
  // release and hold are decided apart from each other
  const merged = mergeValue(base && withoutHold(base), withoutHold(platform), withoutHold(local));
  if (merged !== CONFLICT) return merged!;
  // "unreleased" says that nobody here knows of a release; a platform that made one knows better
  if (local.unreleased) return withoutHold(platform);
  // and what the first delivery recorded gives way to a release that somebody chose
  return base?.unreleased ? withoutHold(local) : CONFLICT;
}

function mergeReleases(base: Release | undefined, platform: Release, local: Release): Release | typeof CONFLICT {
  const release = mergeWhat(base, platform, local);
  const hold = mergeValue<Hold | undefined>(base?.hold, platform.hold, local.hold);
  if (release === CONFLICT || hold === CONFLICT) return CONFLICT;
  return hold === undefined ? release : ({ ...release, hold } as Release);
}

/**
 * Settles a lock that both sides changed. The platform's copy owns its locks: a local `unreleased` never replaces a
 * release that it recorded, and a lock that only one side changed is that side's. Two different releases are for a
 * person to decide, since either choice would lose somebody's.
 */
export function mergeLock({ base, platform, local }: LockSides): MergedLock {
  if (local === undefined) return 'deleted';
  if (platform === undefined) return base === undefined || base !== local ? 'conflict' : 'deleted';
  try {
    const parse = (text: string): Release => parseRelease(text);
    const merged = mergeReleases(base === undefined ? undefined : parse(base), parse(platform), parse(local));
    return merged === CONFLICT ? 'conflict' : { content: serializeRelease(merged) };
  } catch {
    return 'conflict';
  }
}
