import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { giteaData, giteaSettings } from '../../../infra/components/gitea-settings';
import { createSupply } from '../../../infra/supply';
import { eventually } from '../harness';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The platform's own Gitea with its own settings, as a process on loopback instead of a pod. */
export class GiteaProcess {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-gitea-'));
  readonly host = 'git.offerfit.local';
  readonly username = 'slipway';
  readonly password = 'drawn-for-this-test-alone';
  port = 0;
  private child: ChildProcess | undefined;

  async start(): Promise<this> {
    const supply = createSupply();
    const program = await supply.tool('gitea');
    this.port = await freePort();
    const secret = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
    const settings = giteaSettings({
      url: `http://${this.host}:${this.port}`,
      host: this.host,
      secretKey: secret,
      internalToken: secret,
      jwtSecret: secret,
    })
      .replaceAll(giteaData, this.folder)
      .replace('HTTP_PORT = 3000', `HTTP_PORT = ${this.port}\nHTTP_ADDR = 127.0.0.1`)
      // a published program carries its translations; one that was built here finds them beside it
      .replace('[server]\n', `[server]\nSTATIC_ROOT_PATH = ${await supply.files('gitea')}\n`)
      .replace('ALLOWED_HOST_LIST = private', 'ALLOWED_HOST_LIST = loopback');
    const file = path.join(this.folder, 'app.ini');
    // a test may well be root, which Gitea refuses otherwise
    writeFileSync(file, `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\n${settings}`);
    mkdirSync(path.join(this.folder, 'git'), { recursive: true });
    const env = {
      PATH: process.env['PATH']!,
      HOME: path.join(this.folder, 'git'),
      GITEA_WORK_DIR: this.folder,
      GITEA_CUSTOM: path.join(this.folder, 'custom'),
    };
    const run = (...args: string[]): void =>
      void execFileSync(program, ['--config', file, ...args], { env, stdio: 'pipe' });
    run('migrate');
    const account = ['--username', this.username, '--password', this.password, '--email', 'slipway@x.invalid'];
    run('admin', 'user', 'create', '--admin', ...account, '--must-change-password=false');
    this.child = spawn(program, ['--config', file, 'web'], { env, stdio: 'ignore' });
    await eventually('an answer of Gitea', 60, async () => {
      const answer = await fetch(`http://127.0.0.1:${this.port}/api/healthz`);
      return answer.ok ? true : undefined;
    });
    return this;
  }

  async stop(): Promise<void> {
    if (this.child?.exitCode === null) {
      const ended = new Promise((resolve) => this.child!.once('exit', resolve));
      this.child.kill();
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
