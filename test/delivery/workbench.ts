import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Remote } from '../../delivery/git';
import type { ImageBuilder } from '../../delivery/releases';
import type { ReleaseRenderer, Renderer } from '../../delivery/render';

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.invalid',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.invalid',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...identity },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

export const digestOf = (text: string): string =>
  `sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;

export const unreleased = 'unreleased: true\n';

export function released(tag: string, extra = ''): string {
  return `image: registry.offerfit.local/service-a:${tag}\ndigest: ${digestOf(tag)}\nversion: ${tag}\n${extra}`;
}

function renderRelease(folder: string, environment: string, service: string): void {
  const declared = path.join(folder, 'apps', service);
  const replicas = readFileSync(path.join(declared, 'service.txt'), 'utf8');
  const lock = readFileSync(path.join(declared, 'releases', `${environment}.yaml`), 'utf8');
  mkdirSync(path.join(folder, 'dist', environment), { recursive: true });
  writeFileSync(path.join(folder, 'dist', environment, `${service}.txt`), `${replicas}${lock}`);
}

/** A renderer as small as can be: dist/<environment>/<service>.txt from the replicas and the lock. */
export const render: Renderer = async (folder) => {
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  for (const service of readdirSync(path.join(folder, 'apps'))) {
    for (const lock of readdirSync(path.join(folder, 'apps', service, 'releases'))) {
      renderRelease(folder, path.parse(lock).name, service);
    }
  }
};

/** The same, of some releases alone. */
export const renderReleases: ReleaseRenderer = async (folder, { environment, services }) => {
  for (const service of services) renderRelease(folder, environment, service);
};

/** A project in a folder of its own, and the platform's bare repository beside it. */
export class Workbench {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'delivery-'));
  readonly root = path.join(this.folder, 'project');
  readonly bare = path.join(this.folder, 'platform.git');
  readonly remote: Remote = { url: `file://${this.bare}`, branch: 'main' };
  readonly built: string[] = [];
  private clones = 0;

  readonly build: ImageBuilder = async ({ service, tag, folder }) => {
    this.built.push(service);
    const content = readFileSync(path.join(folder, 'code.txt'), 'utf8');
    return { image: `registry.offerfit.local/${service}:${tag}`, digest: digestOf(content) };
  };

  constructor() {
    git(this.folder, 'init', '--quiet', '--bare', '--initial-branch=main', this.bare);
    git(this.folder, 'init', '--quiet', '--initial-branch=main', this.root);
    this.write('.gitignore', '.slipway/\n');
    this.addService('service-a');
  }

  get options() {
    return { root: this.root, remote: this.remote, build: this.build, render };
  }

  addService(name: string): void {
    this.write(`apps/${name}/service.txt`, 'replicas: 1\n\n\n\nport: 8080\n');
    this.write(`apps/${name}/code.txt`, `code of ${name}\n`);
    this.write(`apps/${name}/releases/developer.yaml`, unreleased);
    this.write(`apps/${name}/releases/production.yaml`, unreleased);
  }

  write(file: string, content: string): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), content);
  }

  /** Renders and commits, as a user does. */
  async commit(message: string): Promise<string> {
    await render(this.root);
    git(this.root, 'add', '--all');
    git(this.root, 'commit', '--quiet', '--message', message);
    return git(this.root, 'rev-parse', 'HEAD');
  }

  /** A file of the platform's copy. */
  platformFile(file: string): string {
    return git(this.bare, 'show', `main:${file}`);
  }

  platformLog(): readonly string[] {
    return git(this.bare, 'log', '--format=%s', 'main').split('\n');
  }

  /** Somebody else's change to the platform's copy. */
  async platformChange(files: Readonly<Record<string, string | undefined>>, message: string): Promise<string> {
    this.clones += 1;
    const clone = path.join(this.folder, `clone-${this.clones}`);
    git(this.folder, 'clone', '--quiet', this.bare, clone);
    for (const [file, content] of Object.entries(files)) {
      if (content === undefined) rmSync(path.join(clone, file));
      else {
        mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
        writeFileSync(path.join(clone, file), content);
      }
    }
    await render(clone);
    git(clone, 'add', '--all');
    git(clone, 'commit', '--quiet', '--message', message);
    git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
    return git(clone, 'rev-parse', 'HEAD');
  }

  /** Everything of the working tree and its references, to compare before and after. */
  snapshot(): string {
    const refs = git(this.root, 'for-each-ref');
    return [git(this.root, 'status', '--porcelain=v2', '--branch'), refs, git(this.root, 'stash', 'list')].join('\n');
  }

  /** Another user's project on the same platform. */
  copyProject(): string {
    this.clones += 1;
    const copy = path.join(this.folder, `project-${this.clones}`);
    cpSync(this.root, copy, { recursive: true });
    return copy;
  }

  leftovers(): readonly string[] {
    const state = path.join(this.root, '.slipway');
    return existsSync(state) ? readdirSync(state) : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
