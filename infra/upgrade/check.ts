import semver from 'semver';
import { askSources, sourceId, type Answer, type AskOptions } from './ask';
import { pins, type Pin } from './pins';

/** A pin beside what is published. */
export interface Upgrade extends Pin {
  /** `follows`: another pin decides. `unknown`: its source did not answer, or knows nothing. */
  readonly state: 'current' | 'newer' | 'unknown' | 'follows';
  /** The newest release, where that is newer. */
  readonly newest?: string;
  /** The newest release of the same minor version, where that is newer and not the newest of all. */
  readonly newestPatch?: string;
  /** Why it is unknown. */
  readonly reason?: string;
}

/** `controller-v1.15.1` and `v0.0.1-go1.26.8.linux-amd64` as the release that they name; undefined where it is none. */
export function releaseOf(version: string): string | undefined {
  const toolchain = /^v0\.0\.1-go(\d+\.\d+\.\d+)\.[a-z]/.exec(version)?.[1];
  const plain = toolchain ?? /^(?:[a-z-]+-)?v?(\d+\.\d+\.\d+\S*)$/.exec(version)?.[1];
  const parsed = semver.parse(plain?.replace(/\+incompatible$/, ''));
  return parsed === null || parsed.prerelease.length > 0 ? undefined : parsed.version;
}

/** What is newer than `pinned` among what is published; releases alone count. */
export function newerThan(
  pinned: string,
  published: readonly string[],
): Pick<Upgrade, 'newest' | 'newestPatch'> | undefined {
  const current = releaseOf(pinned);
  if (current === undefined) return undefined;
  const releases = published.map(releaseOf).filter((version) => version !== undefined);
  const newer = releases.filter((version) => semver.gt(version, current)).toSorted(semver.rcompare);
  const [newest] = newer;
  if (newest === undefined) return {};
  const patch = newer.find((version) => semver.satisfies(version, `~${current}`));
  return { newest, ...(patch !== undefined && patch !== newest && { newestPatch: patch }) };
}

function judge(pin: Pin, answer: Answer | undefined): Upgrade {
  if (pin.source === undefined) return { ...pin, state: 'follows' };
  if (answer === undefined || 'unknown' in answer) {
    return { ...pin, state: 'unknown', reason: answer?.unknown ?? 'it was not asked' };
  }
  const found = newerThan(pin.version, answer.versions);
  if (found === undefined) return { ...pin, state: 'unknown', reason: `${pin.version} is no release to compare with` };
  return { ...pin, ...found, state: found.newest === undefined ? 'current' : 'newer' };
}

/** Everything that is pinned, and what is newer as far as the network allows. */
export async function checkUpgrades(options: AskOptions = {}): Promise<readonly Upgrade[]> {
  const all = pins();
  const answers = await askSources(
    all.flatMap(({ source }) => source ?? []),
    options,
  );
  return all.map((pin) => judge(pin, pin.source && answers.get(sourceId(pin.source))));
}
