import { cp, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';

/** Files below `folder`, relative to it, in a stable order; none where it does not exist. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/**
 * Fills `target` with a npm cache that holds everything the project's lock names for this platform.
 *
 * @param known a cache that is asked first, such as the one of a loaded supply
 */
export async function collectNpm(root: string, target: string, scratch: string, known: string): Promise<void> {
  if (await stat(known).catch(() => undefined)) await cp(known, target, { recursive: true });
  const project = path.join(scratch, 'npm-project');
  await mkdir(project, { recursive: true });
  const { workspaces = [] } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    workspaces?: readonly string[];
  };
  const manifests = [...['.', ...workspaces].map((folder) => path.join(folder, 'package.json')), 'package-lock.json'];
  for (const file of manifests) await cp(path.join(root, file), path.join(project, file));
  await exec('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--cache', target], {
    cwd: project,
    timeoutMs: 15 * 60_000,
  });
  await rm(project, { recursive: true });
  // npm's own diary of each run
  await rm(path.join(target, '_logs'), { recursive: true, force: true });
}

/** Writes the project's history to `target`. @returns the commit that is checked out, and whether the tree differs from it */
export async function collectHistory(
  root: string,
  target: string,
): Promise<{ readonly commit: string; readonly dirty: boolean }> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await exec('git', args, { cwd: root })).stdout.trim();
  const commit = await git('rev-parse', 'HEAD').catch(() => {
    throw new UserError(`${root} has no Git history to carry`, { repair: 'commit the project first' });
  });
  await git('bundle', 'create', '--quiet', target, 'HEAD', '--branches', '--tags');
  return { commit, dirty: (await git('status', '--porcelain')) !== '' };
}

/** `debian-12` and the like, from os-release; undefined where there is none. */
export async function systemName(file = '/etc/os-release'): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const value = (key: string): string | undefined => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  return value('ID') && `${value('ID')}-${value('VERSION_ID') ?? 'rolling'}`;
}

/**
 * Downloads `names` and all that they depend on as .deb files, as if nothing were installed here, except for what every
 * system of this family has. The machine that they are carried to may lack what this one happens to have.
 */
export async function collectPackages(names: readonly string[], target: string, scratch: string): Promise<void> {
  const status = path.join(scratch, 'dpkg-status');
  const archives = path.join(scratch, 'archives');
  await mkdir(path.join(archives, 'partial'), { recursive: true });
  await mkdir(target, { recursive: true });
  await cp('/dev/null', status).catch(async () => exec('touch', [status]));
  const nothingInstalled = ['-o', `Dir::State::status=${status}`, '-o', `Dir::Cache::archives=${archives}`];
  const options = ['-y', '-q', '-o', 'APT::Sandbox::User=root', '-o', 'Debug::NoLocking=1', '--no-install-recommends'];
  await exec('apt-get', [...nothingInstalled, ...options, '--download-only', 'install', ...names], {
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeoutMs: 20 * 60_000,
  });
  for (const file of await filesBelow(archives)) {
    if (!file.endsWith('.deb')) continue;
    const { stdout } = await exec('dpkg-deb', ['-f', path.join(archives, file), 'Priority', 'Essential']);
    if (/^Priority: required$/m.test(stdout) || /^Essential: yes$/m.test(stdout)) continue;
    await cp(path.join(archives, file), path.join(target, path.basename(file)));
  }
}
