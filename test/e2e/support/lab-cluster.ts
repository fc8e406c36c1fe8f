import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exec } from '../../../core/exec';
import { silentProgress } from '../../../core/progress';
import { ensureImage, removeBroughtImages } from '../../../infra/cluster';
import { kindConfig, LEAN_DROP_IN } from '../../../infra/cluster/kind/config';
import { createEngine, probeEngine, type Engine } from '../../../infra/engine';
import { createSupply } from '../../../infra/supply';
import { clusterInputs } from './cluster-inputs';

export interface LabPorts {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryPort: number;
}

/** What lists change by themselves, however quiet a cluster is. */
const restless = /^(events|leases|endpoints|endpointslices|componentstatuses|nodes\.metrics|pods\.metrics)(\.|$)/;

/**
 * A cluster as somebody else would have made it: by kind's own command, with a registry beside it that its nodes ask for
 * every image, and with things in it that are nobody's but theirs. Slipway has no part in it.
 */
export class LabCluster {
  readonly folder: string;
  readonly kubeconfig: string;
  private engine: Engine | undefined;
  private kubectlPath = '';
  private kind = '';

  constructor(
    readonly name: string,
    readonly ports: LabPorts,
  ) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), `${name}-`));
    this.kubeconfig = path.join(this.folder, 'kubeconfig');
  }

  /** Nodes: a control plane, and workers with these labels of which the last one's ports 80 and 443 are published. */
  async create(workers: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const probe = await probeEngine('docker');
    if (!('facts' in probe)) throw new Error(`no engine: ${JSON.stringify(probe)}`);
    this.engine = createEngine(probe.facts);
    const { kind, nodeImage, registryImage } = await clusterInputs();
    this.kind = kind;
    this.kubectlPath = await createSupply().tool('kubectl');
    for (const image of [nodeImage, registryImage]) {
      await ensureImage(this.engine, image, this.folder, silentProgress);
    }
    await this.engine.run(['network', 'create', this.name]);
    await this.engine.run([
      ...['run', '--detach', '--name', this.registry, '--network', this.name],
      ...['--publish', `127.0.0.1:${this.ports.registryPort}:5000`, registryImage.reference],
    ]);
    await this.createNodes(nodeImage.reference, workers);
    await this.askRegistryForEverything();
    await this.settle();
  }

  get registry(): string {
    return `${this.name}-registry`;
  }

  private async createNodes(image: string, workers: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const { cgroupVersion, lean } = this.engine!;
    const ports = [
      { hostPort: this.ports.httpPort, nodePort: 80 },
      { hostPort: this.ports.httpsPort, nodePort: 443 },
    ];
    const nodes = workers.map((labels, index) => ({
      role: 'worker' as const,
      labels,
      ...(index === workers.length - 1 && { ports }),
    }));
    const spec = {
      name: this.name,
      image: { reference: image },
      nodes: [{ role: 'control-plane' as const }, ...nodes],
      registry: { host: '', mirrorEverything: true },
    };
    const config = path.join(this.folder, 'cluster.yaml');
    writeFileSync(config, kindConfig(spec, { cgroupVersion, lean, leanFolder: this.folder }));
    writeFileSync(path.join(this.folder, 'containerd.conf'), LEAN_DROP_IN);
    await this.runKind('create', 'cluster', '--config', config, '--wait', '180s');
  }

  private async runKind(...args: readonly string[]): Promise<void> {
    await exec(this.kind, [...args, '--name', this.name, '--kubeconfig', this.kubeconfig], {
      env: { ...this.engine!.env, KIND_EXPERIMENTAL_DOCKER_NETWORK: this.name },
      timeoutMs: 10 * 60_000,
      onLine: (line) => process.stderr.write(`${line}\n`),
    });
  }

  /** As kind documents it for a local registry, for all names instead of one. */
  private async askRegistryForEverything(): Promise<void> {
    const endpoint = `http://${this.registry}:5000`;
    const toml = `server = "${endpoint}"\n\n[host."${endpoint}"]\n  capabilities = ["pull", "resolve"]\n`;
    const script = 'mkdir -p /etc/containerd/certs.d/_default && cat >/etc/containerd/certs.d/_default/hosts.toml';
    for (const { Id } of await this.nodes()) {
      await this.engine!.run(['exec', '--interactive', Id, 'sh', '-c', script], { input: toml });
    }
  }

  private nodes() {
    return this.engine!.containers(`label=io.x-k8s.kind.cluster=${this.name}`);
  }

  /** What is in it already, and may not be touched. */
  private async settle(): Promise<void> {
    this.kubectl('create', 'namespace', 'people');
    this.kubectl('create', 'configmap', 'kept', '--namespace=people', '--from-literal=of=people');
    this.kubectl('create', 'clusterrole', 'people', '--verb=get', '--resource=pods');
    this.kubectl('create', 'serviceaccount', 'viewer', '--namespace=people');
    this.kubectl('create', 'clusterrolebinding', 'viewer', '--clusterrole=view', '--serviceaccount=people:viewer');
    this.kubectl('create', 'deployment', 'idle', '--namespace=people', '--image=slipway.invalid/idle', '--replicas=0');
  }

  kubectl(...args: readonly string[]): string {
    return execFileSync(this.kubectlPath, ['--kubeconfig', this.kubeconfig, ...args], { encoding: 'utf8' });
  }

  /** A further context of the kubeconfig: the administrator's, unless it is given a token. */
  addContext(context: string, { cluster = context, server = this.server, token = '' } = {}): void {
    const authority = ['--flatten', '--raw', '--output=jsonpath={.clusters[0].cluster.certificate-authority-data}'];
    const file = path.join(this.folder, 'authority.pem');
    writeFileSync(file, Buffer.from(this.kubectl('config', 'view', ...authority), 'base64'));
    const config = (...args: readonly string[]): string => this.kubectl('config', ...args);
    config('set-cluster', cluster, `--server=${server}`, `--certificate-authority=${file}`, '--embed-certs=true');
    if (token !== '') config('set-credentials', context, `--token=${token}`);
    config('set-context', context, `--cluster=${cluster}`, `--user=${token === '' ? `kind-${this.name}` : context}`);
  }

  get server(): string {
    const own = `{.clusters[?(@.name=="kind-${this.name}")].cluster.server}`;
    return this.kubectl('config', 'view', `--output=jsonpath=${own}`);
  }

  /** Every object with what tells it from another of its name; ConfigMaps with what tells whether they changed. */
  objects(): readonly string[] {
    const kinds = this.kubectl('api-resources', '--verbs=list', '--output=name')
      .split('\n')
      .filter((kind) => kind !== '' && !restless.test(kind));
    const { items } = JSON.parse(this.kubectl('get', kinds.join(','), '--all-namespaces', '--output=json')) as {
      readonly items: readonly {
        readonly kind: string;
        readonly metadata: Readonly<Record<'namespace' | 'name' | 'uid' | 'resourceVersion', string | undefined>>;
      }[];
    };
    return items
      .map(({ kind, metadata: { namespace = '', name, uid, resourceVersion } }) =>
        [kind, `${namespace}/${name}`, uid, ...(kind === 'ConfigMap' ? [resourceVersion] : [])].join(' '),
      )
      .toSorted();
  }

  /** Ids of its containers: of the nodes and the registry. */
  async containers(): Promise<readonly string[]> {
    const { stdout } = await this.engine!.run(['ps', '--quiet', '--no-trunc', '--filter', `name=^${this.name}`]);
    return stdout.trim().split('\n').toSorted();
  }

  async remove(): Promise<void> {
    if (this.engine === undefined) return;
    if (this.kind !== '') await this.runKind('delete', 'cluster');
    const gone = { allowFailure: true };
    await this.engine.run(['rm', '--force', '--volumes', this.registry], gone);
    await this.engine.run(['network', 'rm', this.name], gone);
    await removeBroughtImages(this.engine, this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
