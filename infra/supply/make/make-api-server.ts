import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed } from '../../../core/exec';
import { UserError } from '../../../core/errors';
import type { Step } from '../../../core/progress';
import type { GoBuild, Release } from '../../versions';
import type { GoGroupBuild } from '../compile/compile';
import { recipeHash, type EntryId } from '../store/store';
import { describeFile } from './describe-file';
import { download, publishedOr } from './published';
import type { Workshop } from './workshop';

const program = 'kube-apiserver';

const releaseOf = (version: string): Release => ({
  url: `https://dl.k8s.io/release/${version}/bin/{os}/{arch}/${program}`,
  checksums: `https://dl.k8s.io/release/${version}/bin/{os}/{arch}/${program}.sha256`,
});

/** @throws UserError unless it is written as Kubernetes writes its releases */
export function requireKubernetesRelease(version: string): void {
  if (/^v1\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?$/.test(version)) return;
  throw new UserError(`"${version}" is no release of Kubernetes`, { repair: 'write it in full, as in v1.36.1' });
}

/** Names the entry of another release's API server, which is pinned by its version alone. */
export function apiServerId(version: string, { settings: { platform } }: Pick<Workshop, 'settings'>): EntryId {
  return { kind: 'tools', name: program, version, recipe: recipeHash(platform, releaseOf(version)) };
}

/**
 * Puts the API server of another release of Kubernetes than the supply's own into the store: downloaded where releases
 * answer and have one for this platform, else compiled from its Go module.
 *
 * @returns the entry's folder
 * @throws UserError where nobody published that release
 */
export async function makeApiServer(version: string, workshop: Workshop, step?: Step): Promise<string> {
  const release = releaseOf(version);
  const fromSource = (): Promise<string> => compile(version, workshop, step);
  if (workshop.settings.platform.os !== 'linux' || !(await workshop.answers(release.url))) return fromSource();
  const what = `${program} ${version}`;
  const wanted = { id: apiServerId(version, workshop), release, file: program };
  const onBytes = (bytes: number, total: number | undefined): void => {
    if (total !== undefined) step?.advance(bytes / total);
  };
  return publishedOr(what, workshop, () => download(what, wanted, workshop, onBytes), fromSource);
}

const modulePath = 'k8s.io/kubernetes';

/** What the supply's own release takes with an empty build cache; others are about as large. */
const seconds = 211;

function buildOf(version: string): GoBuild {
  const [major = '', minor = ''] = version.slice(1).split('.');
  return {
    group: 'kubernetes',
    package: `${modulePath}/cmd/${program}`,
    set: {
      'k8s.io/component-base/version.gitVersion': version,
      'k8s.io/component-base/version.gitMajor': major,
      'k8s.io/component-base/version.gitMinor': minor,
      'k8s.io/component-base/version.gitTreeState': 'clean',
    },
    seconds,
  };
}

async function compile(version: string, workshop: Workshop, step?: Step): Promise<string> {
  const { store, workspace, settings } = workshop;
  workshop.refuseBuild(`${program} ${version}`);
  await workshop.readyToBuild([program]);
  const build = buildOf(version);
  return workshop.building(build.group, (group) =>
    store.put(apiServerId(version, workshop), async (folder) => {
      step?.detail('fetching its modules');
      await pin(version, build, group);
      const file = path.join(folder, program);
      await workspace.compiling(`compiling ${program} ${version}`, settings.signal, () => {
        step?.detail('compiling');
        return group.compile(build, file, (fraction, remaining) =>
          step?.advance(fraction, remaining === undefined ? undefined : remaining * (1 - fraction)),
        );
      });
      await chmod(file, 0o755);
      return {
        obtained: `built from ${build.package}@${version}`,
        ...(await describeFile(folder, program)),
        verifiedBy: "Go's checksum database",
      };
    }),
  );
}

/** Makes the group of the supply's own release one of another: no go.sum of ours knows it. */
async function pin(version: string, build: GoBuild, group: GoGroupBuild): Promise<void> {
  try {
    const upstream = await group.readModuleFile(`${modulePath}@${version}`, 'go.mod');
    await group.repin(goModOf(version, upstream), `${build.package}@${version}`);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(`${program} of Kubernetes ${version} cannot be had`, {
      details: [reasonOf(error)],
      repair: 'name a release that is published: https://kubernetes.io/releases',
      cause: error,
    });
  }
}

/** Why Go could not have a module: its first line on standard error, or the `Error` of what it reports as JSON. */
function reasonOf({ result, message }: CommandFailed): string {
  const reported = /"Error": ("(?:[^"\\]|\\.)*")/.exec(result?.stdout ?? '')?.[1];
  const text = reported === undefined ? (result?.stderr ?? '') : (JSON.parse(reported) as string);
  return text.trim().replaceAll(/\s+/g, ' ') || message;
}

/**
 * A go.mod that builds a release from outside. Kubernetes keeps its libraries beside its own code and requires them at a
 * version that nobody published; what is published of them has the number of the release with a 0 for the 1.
 */
export function goModOf(version: string, upstream: string): string {
  const go = /^go \S+$/m.exec(upstream)?.[0] ?? 'go 1.26.0';
  const debug = /^godebug (?:\([^)]*\)|.*)$/m.exec(upstream)?.[0];
  const staged = new Set(
    [...upstream.matchAll(/^\s*(?:require )?(k8s\.io\/\S+) v0\.0\.0(?:\s|$)/gm)].map(([, name]) => name!),
  );
  const published = version.replace(/^v1\./, 'v0.');
  return [
    'module slipway.dev/supply/kubernetes',
    '',
    go,
    ...(debug === undefined ? [] : ['', debug]),
    '',
    `require ${modulePath} ${version}`,
    '',
    'replace (',
    ...[...staged].sort().map((name) => `\t${name} => ${name} ${published}`),
    ')',
    '',
  ].join('\n');
}
