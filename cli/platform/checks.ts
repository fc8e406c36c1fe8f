import { lookup } from 'node:dns/promises';
import { takeInventory } from '../../infra/cluster';
import { createEngine, probeEngine, publishing, type Engine } from '../../infra/engine';
import { readMachine, type Machine } from '../../infra/host/machine';
import { takenPorts } from '../../infra/host/ports';
import type { SupplyPlan } from '../../infra/supply';
import { addresses, hostsOf } from './addresses';
import type { Check } from './check';
import { githubChecks } from './github-checks';
import { engineCheck, gitCheck, machineChecks } from './machine-checks';
import type { Project } from './project';
import { ingressCheck, supplyChecks, type SupplyCheckOptions } from './supply-checks';

/** What was found, for the report of `up` and for `doctor`. */
export interface Findings {
  readonly checks: readonly Check[];
  readonly machine: Machine;
  readonly plan: SupplyPlan | undefined;
}

export interface CheckOptions extends SupplyCheckOptions {
  /** False: a missing package is broken, not handled. @default true */
  readonly install?: boolean;
  /** Facts of the machine; disk space is measured where the folder lies. @default this machine's */
  readonly machine?: ((folder: string) => Machine) | undefined;
}

async function portsCheck(project: Project, engine: Engine | undefined): Promise<readonly Check[]> {
  const { httpPort, httpsPort, registryPort } = project.settings;
  const flags = new Map([
    [httpPort, '--http-port'],
    [httpsPort, '--https-port'],
    [registryPort, '--registry-port'],
  ]);
  const taken = await takenPorts([...flags.keys()], engine && publishing(engine));
  const own = taken.length === 0 ? [] : await ownContainers(project, engine);
  const foreign = taken.filter(({ owner }) => !isOwn(owner, own));
  if (foreign.length === 0) {
    return [
      {
        name: 'ports',
        state: 'ok',
        finding: `127.0.0.1: ${httpPort} (HTTP), ${httpsPort} (HTTPS), ${registryPort} (registry)`,
      },
    ];
  }
  return foreign.map(({ port, owner }) => ({
    name: 'ports',
    state: 'broken',
    finding: `port ${port} of 127.0.0.1 is held by ${owner}`,
    repair: `stop it, or choose another port: npx slipway up ${flags.get(port)} <port>`,
  }));
}

/** Names of the nodes and the registry of this very project; another clone may have a platform of the same name. */
async function ownContainers({ settings, state }: Project, engine: Engine | undefined): Promise<readonly string[]> {
  const items = await takeInventory({ engine, platform: { name: settings.name, stateFolder: state } });
  return items.filter(({ kind }) => kind === 'container').map(({ name }) => name);
}

/** Whether all containers that are named as the owner of a port are among `own`. */
export function isOwn(owner: string, own: readonly string[]): boolean {
  const names = /^container (.+)$/.exec(owner)?.[1]?.split(', ') ?? [];
  return names.length > 0 && names.every((one) => own.includes(one));
}

async function namesCheck(project: Project): Promise<Check> {
  const name = 'names';
  const hosts = hostsOf(addresses(project.catalog, project.settings));
  const resolved = await Promise.all(
    hosts.map((host) =>
      lookup(host).then(
        ({ address }) => address,
        () => undefined,
      ),
    ),
  );
  const missing = hosts.filter((_host, index) => !/^(127\.|::1$)/.test(resolved[index] ?? ''));
  return missing.length === 0
    ? { name, state: 'ok', finding: `${hosts.length} names resolve to this machine` }
    : {
        name,
        state: 'handled',
        finding: `${missing.length} of ${hosts.length} names do not resolve to this machine; \`up --hosts\` adds them to /etc/hosts, otherwise \`up\` prints curl lines that need no names`,
      };
}

/** Looks at the machine without changing it. */
export async function runChecks(project: Project, options: CheckOptions): Promise<Findings> {
  const machine = (options.machine ?? readMachine)(project.root);
  const install = options.install !== false;
  const [docker, podman, git, supply, names, github] = await Promise.all([
    probeEngine('docker'),
    probeEngine('podman'),
    gitCheck(machine, install),
    supplyChecks(options),
    namesCheck(project),
    githubChecks(project),
  ]);
  const facts = 'facts' in docker ? docker.facts : undefined;
  const checks = [
    ...machineChecks(machine, supply.plan),
    { name: 'node', state: 'ok' as const, finding: `Node ${process.versions.node}` },
    engineCheck(docker, podman, machine, install),
    git,
    ...(await portsCheck(project, facts && createEngine(facts))),
    names,
    ...github,
    ...supply.checks,
    ingressCheck(project, supply.plan),
  ];
  return { checks, machine, plan: supply.plan };
}
