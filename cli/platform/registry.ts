import { existsSync } from 'node:fs';
import { UserError } from '../../core/errors';
import { CommandFailed, exec } from '../../core/exec';
import type { BuiltImage } from '../../delivery/bump';
import { mirrorPath, pushArchive } from '../../infra/supply/images';
import type { Project } from './project';
import { registryAddressOf } from './settings';

/** Where images of services are pushed. */
export interface ServiceRegistry {
  /** The address of an image there, which is not its name where this machine reaches the registry by another one. */
  address(reference: string): string;
  /** Puts an archive there unless it is there already. */
  push(archive: string, reference: string): Promise<{ readonly digest: string; readonly pushed: boolean }>;
  /**
   * Gives a digest that is there one more tag.
   *
   * @throws UserError where the tag is another image's
   */
  tag(reference: string, digest: string, tag: string): Promise<void>;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface RegistryOptions {
  /** The path of the crane tool. */
  readonly crane: string;
  readonly signal?: AbortSignal;
  /** Variables, of which `SLIPWAY_REGISTRY` names another address. @default this process's */
  readonly environment?: Variables;
}

/** Answers of a registry that does not have what is asked for. */
const UNKNOWN = /MANIFEST_UNKNOWN|NAME_UNKNOWN|404/;

/** What registries keep under a digest: an image, or one for each architecture. */
const MANIFESTS = ['oci.image.manifest.v1', 'oci.image.index.v1', 'docker.distribution.manifest.v2']
  .map((type) => `application/vnd.${type}+json`)
  .join(', ');

/** Where this machine reaches images of services; undefined where their own names say it. */
function addressOf({ catalog, settings }: Project, environment: Variables): string | undefined {
  const local = catalog.platform.registry.type === 'local';
  return environment['SLIPWAY_REGISTRY'] || (local ? registryAddressOf(catalog.platform, settings) : undefined);
}

/**
 * Makes sure that the registry beside the cluster has images before they are recorded: pods could never pull them. One
 * that this machine does not have, or that is elsewhere, is not asked.
 *
 * @throws UserError naming all that are missing
 */
export async function requireImages(
  project: Project,
  images: readonly Pick<BuiltImage, 'service' | 'image' | 'digest'>[],
  { signal, environment = process.env }: Omit<RegistryOptions, 'crane'> = {},
): Promise<void> {
  const isHere = environment['SLIPWAY_REGISTRY'] || existsSync(project.kubeconfig);
  const address = isHere ? addressOf(project, environment) : undefined;
  if (address === undefined || !/^(127\.0\.0\.1|localhost):/.test(address)) return;
  const missing = async ({ service, image, digest }: (typeof images)[number]): Promise<string[]> => {
    const repository = mirrorPath(image).replace(/:[^/:]+$/, '');
    const url = `http://${address}/v2/${repository}/manifests/${digest}`;
    const timeout = AbortSignal.timeout(20_000);
    const response = await fetch(url, {
      method: 'HEAD',
      headers: { accept: MANIFESTS },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    }).catch((cause: Error) => {
      signal?.throwIfAborted();
      throw new UserError(`the registry at ${address} does not answer`, {
        details: [String(cause.cause ?? cause)],
        repair: 'run `npx slipway up`, which starts it',
      });
    });
    return response.status === 404 ? [`${service}: image: the registry at ${address} has no ${image}@${digest}`] : [];
  };
  const problems = (await Promise.all(images.map(missing))).flat();
  if (problems.length === 0) return;
  throw new UserError('pods could not pull what would be recorded, and nothing was changed', {
    details: problems,
    repair: `npx slipway image push ${images.map(({ service }) => service).join(' ')}`,
  });
}

/**
 * The registry of the platform: its own on this machine's loopback, or the one that the catalog names, with the logins of
 * the container engine's configuration.
 */
export function serviceRegistry(project: Project, options: RegistryOptions): ServiceRegistry {
  const { crane, signal, environment = process.env } = options;
  const own = addressOf(project, environment);
  const interruptible = signal && { signal };
  const address = (reference: string): string => (own === undefined ? reference : `${own}/${mirrorPath(reference)}`);
  const run = async (args: readonly string[]): Promise<string> =>
    (await exec(crane, args, { timeoutMs: 10 * 60_000, ...interruptible })).stdout.trim();
  const digestOf = async (reference: string): Promise<string | undefined> => {
    try {
      return await run(['digest', address(reference)]);
    } catch (error) {
      if (error instanceof CommandFailed && UNKNOWN.test(error.details.join('\n'))) return undefined;
      throw error;
    }
  };
  return {
    address,
    async push(archive, reference) {
      if (own !== undefined)
        return pushArchive(archive, mirrorPath(reference), { address: own, crane, ...interruptible });
      const digest = await run(['digest', '--tarball', archive]);
      if ((await digestOf(reference)) === digest) return { digest, pushed: false };
      await run(['push', archive, reference]);
      return { digest, pushed: true };
    },
    async tag(reference, digest, tag) {
      const repository = reference.slice(0, reference.lastIndexOf(':'));
      const there = await digestOf(`${repository}:${tag}`);
      if (there === digest) return;
      if (there !== undefined) {
        throw new UserError(`${repository}:${tag} is another image already`, {
          details: [`it is ${there}`, `now it would be ${digest}`],
          repair: 'choose another version: what a version names never changes',
        });
      }
      await run(['tag', `${address(`${repository}:${tag}`).slice(0, -tag.length - 1)}@${digest}`, tag]);
    },
  };
}
