import { setTimeout as sleep } from 'node:timers/promises';
import { images, manifests, tools, type Image, type Manifest, type Tool } from '../../versions';
import type { Platform } from '../platform';
import { releaseUrls, type Rewrite } from './release';
import { open } from './request';

/** What answered, by the start of its address (`https://host`). */
export interface Reach {
  /** Hosts of releases and manifests. */
  readonly releases: ReadonlyMap<string, boolean>;
  readonly registries: ReadonlyMap<string, boolean>;
  /** One line for each that did not answer. */
  readonly silent: readonly string[];
}

export interface ReachOptions {
  readonly platform: Platform;
  readonly rewrite: Rewrite;
  /** Pauses before each further round over what has not answered yet. @default 2, 5 and 10 s */
  readonly pausesMs?: readonly number[];
  /** @default 6000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Before each further round: who has not answered. */
  readonly onRetry?: (silent: readonly string[], pauseMs: number) => void;
}

/** The address at which a registry answers for an image: Docker's own short names have a host of their own. */
export function registryOf(reference: string): string {
  const host = reference.split('/')[0]!;
  return `https://${host === 'docker.io' ? 'registry-1.docker.io' : host}`;
}

/** One small file for each host of releases, and the root of each registry's API. */
export function probes(platform: Platform): {
  readonly releases: readonly string[];
  readonly registries: readonly string[];
} {
  const files = [
    ...Object.values<Tool>(tools).flatMap((tool) =>
      tool.release ? [releaseUrls(tool.release, platform).checksums] : [],
    ),
    ...Object.values<Manifest>(manifests).map((manifest) => manifest.url),
  ];
  const byOrigin = new Map(files.map((file) => [new URL(file).origin, file]));
  const published = Object.values<Image>(images).filter(({ unpublished }) => unpublished !== true);
  const registries = new Set(published.map(({ reference }) => `${registryOf(reference)}/v2/`));
  return { releases: [...byOrigin.values()], registries: [...registries] };
}

async function ask(
  url: string,
  registry: boolean,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { close } = await open(url, { stallMs: timeoutMs }, { method: 'HEAD', ...(signal && { signal }) });
    close();
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    const text = (error as Error).message;
    // a registry that wants a login answers, and hands out public images all the same
    return registry && text.includes('HTTP 401') ? undefined : text.replace(/^.*cannot be had: /, '');
  }
}

/**
 * Asks every host of releases and registries once, all at the same time, and those that do not answer again after a
 * pause, since a short outage must not turn into a long build.
 */
export async function probeReach(options: ReachOptions): Promise<Reach> {
  const { releases, registries } = probes(options.platform);
  const pauses = options.pausesMs ?? [2000, 5000, 10_000];
  const failures = new Map<string, string>();
  let open = [...releases, ...registries];
  for (let round = 0; ; round += 1) {
    const answers = await Promise.all(
      open.map((url) => ask(options.rewrite(url), registries.includes(url), options.timeoutMs ?? 6000, options.signal)),
    );
    open.forEach((url, index) => {
      const answer = answers[index];
      if (answer === undefined) failures.delete(url);
      else failures.set(url, answer);
    });
    open = [...failures.keys()];
    const pauseMs = pauses[round];
    if (open.length === 0 || pauseMs === undefined) break;
    options.onRetry?.(
      open.map((url) => new URL(url).host),
      pauseMs,
    );
    await sleep(pauseMs, undefined, options.signal && { signal: options.signal });
  }
  const result = (urls: readonly string[]): ReadonlyMap<string, boolean> =>
    new Map(urls.map((url) => [new URL(url).origin, !failures.has(url)]));
  return {
    releases: result(releases),
    registries: result(registries),
    silent: [...failures].map(([url, why]) => `${new URL(url).host}: ${why}`),
  };
}
