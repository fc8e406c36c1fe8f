import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import { fakeProgram } from './cli';
import { GitServer } from '../delivery/git-server';

const password = 'drawn-once';

/**
 * Stands in for what cannot run without a container engine: an ingress with the Git forge behind it (Git's own HTTP
 * backend on a real port), and a kubectl that answers from files. Everything else of a command is real.
 */
export class FakePlatform {
  readonly server: GitServer;
  readonly bare: string;
  /** Ends of digests that its registry does not have, which has all others. */
  readonly missing = new Set<string>();
  private readonly registry = createServer((request, response) => {
    const lacks = [...this.missing].some((end) => request.url!.endsWith(end));
    response.writeHead(lacks ? 404 : 200).end();
  });
  private readonly folder: string;

  constructor(readonly root: string) {
    this.folder = path.join(path.dirname(root), 'platform');
    this.bare = path.join(this.folder, 'offerfit/platform.git');
    mkdirSync(this.bare, { recursive: true });
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.bare]);
    execFileSync('git', ['-C', this.bare, 'config', 'http.receivepack', 'true']);
    this.server = new GitServer(this.folder, ['slipway', 'argocd', 'statuses'], password);
    this.server.others = (host) => ({ status: 200, type: 'text/html', body: `<script src="${host}"></script>` });
  }

  /** Starts it and tells the project of it, as a finished `up` would have. */
  async start(): Promise<number> {
    const port = await this.server.start();
    await new Promise<void>((resolve) => this.registry.listen(0, '127.0.0.1', resolve));
    const ports = { httpPort: port, registryPort: (this.registry.address() as AddressInfo).port };
    const lines = Object.entries(ports).map(([name, value]) => `  slipway:${name}: "${value}"\n`);
    writeFileSync(path.join(this.root, 'Pulumi.local.yaml'), `config:\n${lines.join('')}`);
    const state = path.join(this.root, '.slipway');
    mkdirSync(state, { recursive: true });
    writeFileSync(path.join(state, 'kubeconfig'), 'apiVersion: v1\n');
    fakeProgram(
      path.join(state, 'bin'),
      'kubectl',
      [
        `cd '${this.folder}'`,
        'shift # --request-timeout',
        'echo "$*" >>commands.log',
        'if [ -f silent ]; then echo "The connection to the server was refused" >&2; exit 1; fi',
        'case "$1" in',
        '  get) case "$3" in -*) file="$2.json" ;; *) file="$2-$3.json" ;; esac; if [ -f "$file" ]; then cat "$file"; fi ;;',
        'esac',
      ].join('\n'),
    );
    const encoded = (value: string): string => Buffer.from(value).toString('base64');
    // one account stands for that of the administrator and that of deliveries
    for (const secret of ['secret-gitea-admin', 'secret-forge-delivery']) {
      this.answer(secret, { metadata: {}, data: { username: encoded('slipway'), password: encoded(password) } });
    }
    this.answer('secret-forge-token', { metadata: {}, data: { token: encoded(password) } });
    this.answer('secret-argocd-notifications-secret', { metadata: {}, data: { 'forge-token': encoded(password) } });
    this.answer('secret-argocd-initial-admin-secret', { metadata: {}, data: { password: encoded('argo-password') } });
    await this.show();
    return port;
  }

  stop(): Promise<void> {
    this.registry.close();
    this.registry.closeAllConnections();
    return this.server.stop();
  }

  /** What kubectl answers to `get`. */
  answer(name: string, content: object): void {
    writeFileSync(path.join(this.folder, `${name}.json`), JSON.stringify(content));
  }

  /** The commands that kubectl was given. */
  get commands(): string {
    return readFileSync(path.join(this.folder, 'commands.log'), 'utf8');
  }

  silence(): void {
    writeFileSync(path.join(this.folder, 'silent'), '');
  }

  /** Shows every Application as healthy, or one of them as given. */
  async show(name?: string, status: object = {}): Promise<void> {
    const catalog = await loadCatalog(this.root);
    const names = [
      'bootstrap',
      ...catalog.environments.map((environment) => environment.name),
      ...catalog.deployments.map((deployment) => `${deployment.environment}-${deployment.name}`),
    ];
    const healthy = {
      sync: { status: 'Synced', revision: 'a'.repeat(40) },
      health: { status: 'Healthy' },
      // always later than whatever a test delivers
      reconciledAt: '2999-01-01T00:00:00Z',
    };
    this.answer('applications.argoproj.io', {
      items: names.map((one) => ({
        metadata: { name: one },
        spec: {},
        status: one === name ? { ...healthy, ...status } : healthy,
      })),
    });
    this.answer('pods', { items: [] });
    this.answer('deployments', {
      items: catalog.deployments.map((deployment) => ({
        metadata: {
          name: deployment.name,
          namespace: deployment.namespace,
          annotations: { 'slipway.dev/version': '3f2c1ab', 'slipway.dev/source-commit': 'b'.repeat(40) },
        },
      })),
    });
  }
}
