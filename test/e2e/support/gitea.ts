import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { giteaData, giteaSettings } from '../../../infra/components/gitea-settings';
import { freePort } from '../../../infra/host/ports';
import { createSupply } from '../../../infra/supply';
import { eventually } from '../harness';

const secret = (): string => randomBytes(32).toString('base64url');

/** The platform's own Gitea with the platform's own settings, as a process of this machine instead of in a cluster. */
export class LocalGitea {
  private constructor(
    readonly url: string,
    private readonly program: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<LocalGitea> {
    const supply = createSupply();
    const [program, assets, port] = await Promise.all([supply.tool('gitea'), supply.files('gitea'), freePort()]);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'gitea-e2e-'));
    const url = `http://127.0.0.1:${port}`;
    const keys = { secretKey: secret(), internalToken: secret(), jwtSecret: secret() };
    const settings = giteaSettings({ url, host: '127.0.0.1', ...keys })
      .replaceAll(giteaData, folder)
      .replace('HTTP_PORT = 3000', `HTTP_ADDR = 127.0.0.1\nHTTP_PORT = ${port}\nSTATIC_ROOT_PATH = ${assets}`);
    mkdirSync(path.join(folder, 'data'));
    // in the cluster it has a user of its own
    writeFileSync(path.join(folder, 'app.ini'), `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\n${settings}`);
    const child = spawn(program, ['web', '--config', path.join(folder, 'app.ini')], {
      env: { PATH: process.env['PATH'], HOME: folder, GITEA_WORK_DIR: folder },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const gitea = new LocalGitea(url, program, folder, child);
    try {
      await eventually('Gitea answers', 300, async () => ((await fetch(`${url}/api/healthz`)).ok ? true : undefined));
    } catch (error) {
      await gitea.stop();
      throw error;
    }
    return gitea;
  }

  /** Makes a user. @returns a token of that user with these scopes */
  user(name: string, scopes: readonly string[], admin = false): string {
    const account = ['--username', name, '--email', `${name}@tests.invalid`, '--random-password'];
    this.admin('user', 'create', ...account, '--must-change-password=false', ...(admin ? ['--admin'] : []));
    const token = ['--username', name, '--token-name', 'tests', '--raw', '--scopes', scopes.join(',')];
    // as root it warns before it answers
    return this.admin('user', 'generate-access-token', ...token)
      .trim()
      .split('\n')
      .at(-1)!;
  }

  /** Asks its API, and fails where it refuses. */
  async ask<T>(token: string, method: string, target: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${target}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    return (/json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text) as T;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null && this.child.kill()) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private admin(...args: string[]): string {
    return execFileSync(this.program, ['admin', ...args, '--config', path.join(this.folder, 'app.ini')], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: this.folder, GITEA_WORK_DIR: this.folder },
    });
  }
}
