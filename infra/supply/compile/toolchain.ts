import { chmod, readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { goVersion } from '../../versions';
import type { Platform } from '../platform';

/** A Go that is new enough, and the environment in which it is. */
export interface Toolchain {
  readonly go: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Negative where `left` is the older of two versions such as `1.26.4`. */
export function compareVersions(left: string, right: string): number {
  const parts = (text: string): readonly number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [parts(left), parts(right)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What the machine's Go says it is, as `1.26.8`; undefined where there is none. */
export async function installedGo(go = 'go'): Promise<string | undefined> {
  const result = await exec(go, ['version'], { env: { GOTOOLCHAIN: 'local' }, allowFailure: true }).catch(
    () => undefined,
  );
  return /\bgo(\d+(?:\.\d+)*)/.exec(result?.stdout ?? '')?.[1];
}

const repair = `install Go ${goVersion.atLeast} or later (https://go.dev/dl), or any Go with \`apt-get install golang-go\`: a newer one is then fetched as a module`;

/** Go before 1.21 cannot change its own version, but it can download the newer one, which is a module like any other. */
async function downloadToolchain(go: string, platform: Platform, env: Record<string, string>): Promise<Toolchain> {
  const module = `golang.org/toolchain@v0.0.1-go${goVersion.toolchain}.${platform.os}-${platform.arch}`;
  const { stdout } = await exec(go, ['mod', 'download', '-json', module], {
    env: { ...env, GO111MODULE: 'on', GOFLAGS: '-modcacherw' },
    cwd: '/',
    timeoutMs: 20 * 60_000,
  });
  const folder = (JSON.parse(stdout) as { readonly Dir: string }).Dir;
  // modules carry no executable bits
  for (const bin of ['bin', `pkg/tool/${platform.os}_${platform.arch}`]) {
    const names = await readdir(path.join(folder, bin)).catch(() => [] as string[]);
    await Promise.all(names.map((name) => chmod(path.join(folder, bin, name), 0o755)));
  }
  return {
    go: path.join(folder, 'bin', 'go'),
    version: goVersion.toolchain,
    env: { GOTOOLCHAIN: 'local', GOROOT: folder },
  };
}

/**
 * The machine's Go, or a newer one that it fetches through the module proxy where it is too old for the modules.
 *
 * @param env where modules are kept
 * @throws UserError with what to install where there is none
 */
export async function findToolchain(platform: Platform, env: Record<string, string>, go = 'go'): Promise<Toolchain> {
  const version = await installedGo(go);
  if (version === undefined) throw new UserError('tools have to be compiled, and Go is not installed', { repair });
  if (compareVersions(version, goVersion.atLeast) >= 0) return { go, version, env: { GOTOOLCHAIN: 'local' } };
  try {
    if (compareVersions(version, '1.21') < 0) return await downloadToolchain(go, platform, env);
    const newer = { GOTOOLCHAIN: `go${goVersion.toolchain}` };
    await exec(go, ['version'], { env: { ...env, ...newer }, cwd: '/', timeoutMs: 20 * 60_000 });
    return { go, version: goVersion.toolchain, env: newer };
  } catch (error) {
    throw new UserError(
      `tools have to be compiled with Go ${goVersion.atLeast} or later, this machine has ${version}, and a newer one could not be fetched`,
      {
        repair: `install Go ${goVersion.atLeast} or later (https://go.dev/dl)`,
        details: [(error as Error).message],
        cause: error,
      },
    );
  }
}
