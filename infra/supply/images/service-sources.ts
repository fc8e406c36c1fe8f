import { cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { exec } from '../../../core/exec';
import { projectRoot } from '../../../core/paths';
import { workFolder } from './dockerfile';

export interface ServiceSources {
  /** The project's folder, which holds apps/<service>. */
  readonly root: string;
  readonly service: string;
  /** The folder of a service that lives on its own, with its Dockerfile. @default apps/<service> of the project */
  readonly own?: string;
  readonly signal?: AbortSignal;
}

interface Manifest {
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly scripts?: Readonly<Record<string, string>>;
}

const left = ['node_modules', 'build', 'test', '.git', '.slipway'];
const kept = (source: string): boolean => !left.includes(path.basename(source));

/** Where the Dockerfile is, and what it may copy from. */
export function buildContext({ root, service, own }: ServiceSources): {
  readonly context: string;
  readonly dockerfile: string;
} {
  const context = own ?? path.join(root, 'apps');
  return { context, dockerfile: path.join(context, own === undefined ? service : '', 'Dockerfile') };
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

/**
 * Builds a copy of the service laid out as its Dockerfile lays it out, so that source maps say the same.
 *
 * @returns the folder that stands for the root of the build stage
 */
export async function buildSources(sources: ServiceSources, scratch: string): Promise<string> {
  await (sources.own === undefined ? compile(sources, scratch) : build(sources.own, sources, scratch));
  return scratch;
}

/**
 * The project's own compiler and types stand in for those that `npm ci` would fetch; packages that the service runs with
 * are installed by its lock.
 */
async function compile({ root, service, signal }: ServiceSources, scratch: string): Promise<void> {
  const interruptible = signal && { signal };
  const folder = path.join(scratch, 'apps', service);
  await mkdir(path.dirname(folder), { recursive: true });
  for (const name of [service, 'shared']) {
    const from = path.join(root, 'apps', name);
    if (await stat(from).catch(() => undefined)) {
      await cp(from, path.join(scratch, 'apps', name), { recursive: true, filter: kept });
    }
  }
  await symlink(path.join(projectRoot, 'node_modules'), path.join(scratch, 'node_modules'));
  if (Object.keys((await readManifest(folder)).dependencies ?? {}).length > 0) {
    await exec('npm', install('--omit=dev'), { cwd: folder, timeoutMs: INSTALL_MS, ...interruptible });
  }
  await exec(process.execPath, [path.join(projectRoot, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    timeoutMs: 5 * 60_000,
    ...interruptible,
  });
}

const INSTALL_MS = 10 * 60_000;

function install(...omitted: readonly string[]): readonly string[] {
  return ['ci', ...omitted, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
}

/** A service on its own brings its own compiler: packages by its lock, then its own script `build`, where it has either. */
async function build(own: string, { signal }: ServiceSources, scratch: string): Promise<void> {
  const interruptible = signal && { signal };
  const dockerfile = await readFile(path.join(own, 'Dockerfile'), 'utf8');
  const folder = path.join(scratch, workFolder(dockerfile));
  await mkdir(folder, { recursive: true });
  await cp(own, folder, { recursive: true, filter: (source) => source === own || kept(source) });
  const { dependencies, devDependencies, scripts = {} } = await readManifest(folder);
  if (Object.keys({ ...dependencies, ...devDependencies }).length > 0) {
    await exec('npm', install(), { cwd: folder, timeoutMs: INSTALL_MS, ...interruptible });
  }
  if (scripts['build'] === undefined) return;
  await exec('npm', ['run', 'build'], { cwd: folder, timeoutMs: 5 * 60_000, ...interruptible });
  if (Object.keys(devDependencies ?? {}).length > 0) {
    await exec('npm', ['prune', '--omit=dev', '--ignore-scripts'], {
      cwd: folder,
      timeoutMs: INSTALL_MS,
      ...interruptible,
    });
  }
}
