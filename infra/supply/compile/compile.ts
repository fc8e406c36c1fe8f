import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../core/errors';
import { CommandFailed, exec } from '../../../core/exec';
import type { GoBuild, GoGroup, ModuleFiles } from '../../versions';
import { recipeHash } from '../store/store';
import type { Toolchain } from './toolchain';
import type { Workspace } from './workspace';

/** The folder whose children are the groups, each with go.mod, go.sum and perhaps a main package. */
export const groupsFolder = path.resolve(__dirname, '..', 'go');

export interface CompileContext {
  readonly toolchain: Toolchain;
  readonly workspace: Workspace;
  /** @default groupsFolder */
  readonly groups: string;
  /** The garbage collector's pace; less memory in use at the price of time where memory is short. @default 800 */
  readonly gogc: number;
  /** Pauses before a download of modules that failed is tried again. @default 2, 10 and 30 s */
  readonly pausesMs: readonly number[];
  readonly signal?: AbortSignal;
}

/** Everything of a group that a build depends on: pins and sources, as one hash. */
export async function groupHash(group: GoGroup, groups: string = groupsFolder): Promise<string> {
  const folder = path.join(groups, group);
  const names = (await readdir(folder, { recursive: true })).filter((name) => /go\.(mod|sum)$|\.go$/.test(name)).sort();
  return recipeHash(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')])),
  );
}

/** Measured on two cores over all groups. */
const SECONDS_PER_PACKAGE = 0.1;

const NETWORK =
  /dial tcp|i\/o timeout|TLS handshake|connection (?:reset|refused)|unexpected EOF|no such host|(?:429|5\d\d) [A-Z][a-z]+|stream error/;

/** The options that decide what is compiled; the same ones throughout, since objects are shared only between equals. */
function flags(build: GoBuild): readonly string[] {
  const set = Object.entries(build.set ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return [
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
    ...(build.tags ? [`-tags=${build.tags.join(',')}`] : []),
    `-ldflags=${['-s', '-w', ...set].join(' ')}`,
  ];
}

/** Runs `go` in a copy of the group's folder, since the project's own may be read-only and a build puts files there. */
export class GoGroupBuild {
  private readonly folder: string;

  constructor(
    private readonly group: GoGroup,
    private readonly context: CompileContext,
  ) {
    this.folder = path.join(
      context.workspace.folder,
      'groups',
      `${group}-${process.pid}-${randomBytes(3).toString('hex')}`,
    );
  }

  async open(): Promise<void> {
    await cp(path.join(this.context.groups, this.group), this.folder, { recursive: true });
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  private async go(args: readonly string[], cgo: boolean, onLine?: (line: string) => void): Promise<string> {
    const { toolchain, workspace, gogc, pausesMs, signal } = this.context;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const result = await exec(toolchain.go, args, {
          cwd: this.folder,
          env: { ...workspace.env, ...toolchain.env, CGO_ENABLED: cgo ? '1' : '0', GOGC: String(gogc) },
          ...(signal && { signal }),
          ...(onLine && { onLine }),
        });
        return result.stdout;
      } catch (error) {
        const pauseMs = pausesMs[attempt];
        const text = error instanceof CommandFailed ? `${error.result?.stderr}` : '';
        if (pauseMs === undefined || !NETWORK.test(text)) throw error;
        onLine?.('waiting for the module proxy');
        await sleep(pauseMs, undefined, signal && { signal });
      }
    }
  }

  /** Downloads the modules that a build needs and no others, so that the network works while another group compiles. */
  async prefetch(build: GoBuild): Promise<void> {
    await this.embed(build);
    await this.go(['list', '-deps', '-f', '{{.ImportPath}}', ...flags(build), build.package], build.cgo === true);
  }

  private async embed(build: GoBuild): Promise<void> {
    for (const [name, [module, file]] of Object.entries(build.embed ?? {})) {
      const target = path.join(this.folder, build.package, name);
      await copyFile(path.join(await this.moduleFolder(module), file), target);
      await chmod(target, 0o644);
    }
  }

  /** A file of a module. @param module as in a go.mod, with `@version` where the group pins none */
  async readModuleFile(module: string, name: string): Promise<string> {
    return readFile(path.join(await this.moduleFolder(module), name), 'utf8');
  }

  /**
   * Lets this copy of the group build another package, with what that needs pinned by Go's checksum database.
   *
   * @param main the package with its version
   */
  async repin(goMod: string, main: string): Promise<void> {
    await writeFile(path.join(this.folder, 'go.mod'), goMod);
    await rm(path.join(this.folder, 'go.sum'), { force: true });
    await this.go(['get', main], false);
  }

  /** The folder of a module that the group pins, downloaded and checked against go.sum. */
  private async moduleFolder(module: string): Promise<string> {
    const { Dir, Error: error } = JSON.parse(await this.go(['mod', 'download', '-json', module], false)) as {
      readonly Dir?: string;
      readonly Error?: string;
    };
    if (Dir === undefined) throw new UserError(`module ${module} cannot be had: ${error ?? 'no reason was given'}`);
    return Dir;
  }

  /** Copies the chosen files of a module to `target`, at their paths in the module. */
  async copyFiles(files: ModuleFiles, target: string): Promise<void> {
    const folder = await this.moduleFolder(files.module);
    for (const name of files.paths) {
      await mkdir(path.dirname(path.join(target, name)), { recursive: true });
      await cp(path.join(folder, name), path.join(target, name), { recursive: true });
    }
  }

  /**
   * Compiles a tool to `target`.
   *
   * @param onFraction how far it is, 0 to 1, by packages compiled of packages that are not in the build cache; and how
   * many seconds so many packages take, since what tools before it have left there makes all the difference
   */
  async compile(
    build: GoBuild,
    target: string,
    onFraction: (fraction: number, seconds?: number) => void,
  ): Promise<void> {
    await this.embed(build);
    const list = ['list', '-deps', '-f', '{{if .Stale}}{{.ImportPath}}{{end}}', ...flags(build), build.package];
    // asking takes seconds, which only a long build is worth
    const stale = build.seconds < 5 ? '' : await this.go(list, build.cgo === true);
    const expected = stale.split('\n').filter((line) => line !== '').length;
    if (expected > 0) onFraction(0, Math.max(build.seconds, expected * SECONDS_PER_PACKAGE));
    let seen = 0;
    await this.go(['build', '-v', ...flags(build), '-o', target, build.package], build.cgo === true, (line) => {
      if (line.startsWith('go: ') || line.includes(' ')) return;
      seen += 1;
      // the last tenth is linking, about which Go says nothing
      if (expected > 0) onFraction(Math.min(0.9, (0.9 * seen) / expected));
    });
  }
}
