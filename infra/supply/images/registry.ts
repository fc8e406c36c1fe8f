import { readFile, stat } from 'node:fs/promises';
import { exec } from '../../../core/exec';
import { writeFileAtomic } from '../../../core/files';

/** A registry on this machine that answers plain HTTP, as `127.0.0.1:5001`. */
export interface RegistryTarget {
  readonly address: string;
  /** The path of the crane tool. */
  readonly crane: string;
  readonly signal?: AbortSignal;
}

export interface Pushed {
  readonly digest: string;
  /** False where the registry had it already. */
  readonly pushed: boolean;
}

/**
 * Where a mirror of every registry keeps the image that is called `reference`: its path without the registry's name,
 * as containerd asks a mirror for it.
 */
export function mirrorPath(reference: string): string {
  const [first, ...rest] = reference.split('/');
  const named = rest.length > 0 && /[.:]|^localhost$/.test(first!);
  const registry = named ? first! : 'docker.io';
  const repository = named ? rest.join('/') : reference;
  const tagged = /(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(repository) ? repository : `${repository}:latest`;
  return registry === 'docker.io' && !tagged.includes('/') ? `library/${tagged}` : tagged;
}

/** The digest that a registry gives the image in `archive`; reckoned once and kept beside it. */
export async function archiveDigest(archive: string, crane: string): Promise<string> {
  const noted = `${archive}.digest`;
  const { size, mtimeMs } = await stat(archive);
  const state = `${size} ${Math.floor(mtimeMs)}`;
  const [digest, seen] = (await readFile(noted, 'utf8').catch(() => '')).trim().split('\n');
  if (digest && seen === state) return digest;
  const { stdout } = await exec(crane, ['digest', '--tarball', archive], { timeoutMs: 10 * 60_000 });
  await writeFileAtomic(noted, `${stdout.trim()}\n${state}\n`);
  return stdout.trim();
}

const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
].join(', ');

/** The digest that `path` (`repository:tag`) has in the registry, or undefined where it is not there. */
export async function digestInRegistry(path: string, address: string): Promise<string | undefined> {
  const at = path.lastIndexOf(':');
  const url = `http://${address}/v2/${path.slice(0, at)}/manifests/${path.slice(at + 1)}`;
  const answer = await fetch(url, {
    method: 'HEAD',
    headers: { accept: MANIFESTS },
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  return answer?.ok ? (answer.headers.get('docker-content-digest') ?? undefined) : undefined;
}

/**
 * Puts the image in `archive` into the registry as `path` (`repository:tag`), unless it is there already.
 *
 * @throws CommandFailed where the registry does not take it
 */
export async function pushArchive(archive: string, path: string, target: RegistryTarget): Promise<Pushed> {
  const digest = await archiveDigest(archive, target.crane);
  if ((await digestInRegistry(path, target.address)) === digest) return { digest, pushed: false };
  await exec(target.crane, ['push', archive, `${target.address}/${path}`], {
    timeoutMs: 10 * 60_000,
    ...(target.signal && { signal: target.signal }),
  });
  return { digest, pushed: true };
}
