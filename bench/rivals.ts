import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { exec } from '../core/exec';
import { cacheFolder } from '../core/paths';
import { findToolchain } from '../infra/supply/compile/toolchain';
import { Workspace } from '../infra/supply/compile/workspace';
import { hostPlatform } from '../infra/supply/platform';

/** Tools that others compare or render with; `go/<name>` pins each with everything that it is built of. */
const packages = {
  dyff: 'github.com/homeport/dyff/cmd/dyff',
  helm: 'helm.sh/helm/v3/cmd/helm',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
} as const;

type RivalName = keyof typeof packages;

export interface Rival {
  readonly program: string;
  readonly version: string;
}

export type Rivals = Readonly<Record<RivalName, Rival>>;

/**
 * Builds the tools where the cache does not have them yet, which takes minutes and needs the Go module proxy.
 *
 * @throws UserError where there is no Go
 */
export async function buildRivals(say: (text: string) => void): Promise<Rivals> {
  const cache = path.join(cacheFolder(), 'bench');
  const rivals: Partial<Record<RivalName, Rival>> = {};
  for (const [name, source] of Object.entries(packages) as [RivalName, string][]) {
    const folder = path.join(__dirname, 'go', name);
    const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(path.join(folder, file), 'utf8'));
    const hash = createHash('sha256').update(pins.join('\0')).digest('hex').slice(0, 16);
    const program = path.join(cache, `${name}-${hash}`, name);
    if (!existsSync(program)) {
      say(`building ${name}`);
      await build(source, folder, program, cache);
    }
    rivals[name] = { program, version: versionOf(source, pins[0]!) };
  }
  return rivals as Rivals;
}

async function build(source: string, folder: string, program: string, cache: string): Promise<void> {
  const workspace = new Workspace(cache, 1);
  await workspace.use(async () => {
    const toolchain = await findToolchain(hostPlatform(), workspace.env);
    const temporary = `${program}.${process.pid}`;
    mkdirSync(path.dirname(program), { recursive: true });
    await exec(toolchain.go, ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', temporary, source], {
      cwd: folder,
      env: { ...workspace.env, ...toolchain.env, CGO_ENABLED: '0' },
    });
    renameSync(temporary, program);
  });
}

/** The version of the module that a package belongs to. */
function versionOf(source: string, pins: string): string {
  const modules = [...pins.matchAll(/^\s*(?:require )?(\S+) (v\S+)/gm)].map(([, name, version]) => ({ name, version }));
  const own = modules
    .filter(({ name }) => source === name || source.startsWith(`${name!}/`))
    .toSorted((left, right) => right.name!.length - left.name!.length)[0];
  if (own === undefined) throw new Error(`go.mod does not pin ${source}`);
  return own.version!;
}
