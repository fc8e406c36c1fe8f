import { lookup } from 'node:dns/promises';
import { createEngine, probeEngine } from '../../infra/engine';
import { readMachine, type Machine } from '../../infra/host/machine';
import type { SupplyPlan } from '../../infra/supply';
import { addresses, hostsOf } from './addresses';
import type { Check } from './check';
import { clusterChecks, madeHere } from './cluster-checks';
import { githubChecks } from './github-checks';
import { engineCheck, gitCheck, machineChecks } from './machine-checks';
import { portsCheck } from './port-checks';
import type { Project } from './project';
import { registryChecks } from './registry-checks';
import { argoCdChecks, ingressCheck, supplyChecks, type SupplyCheckOptions } from './supply-checks';

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
  const [docker, podman, git, supply, names, github, registries] = await Promise.all([
    probeEngine('docker'),
    probeEngine('podman'),
    gitCheck(machine, install),
    supplyChecks(options),
    namesCheck(project),
    githubChecks(project),
    registryChecks(project),
  ]);
  const facts = 'facts' in docker ? docker.facts : undefined;
  const checks = [
    ...machineChecks(machine, supply.plan, madeHere(project)),
    { name: 'node', state: 'ok' as const, finding: `Node ${process.versions.node}` },
    engineCheck(docker, podman, machine, install),
    git,
    ...(await portsCheck(project, facts && createEngine(facts))),
    names,
    ...(await clusterChecks(project, { supply: options.supply, plan: supply.plan })),
    ...github,
    ...registries,
    ...supply.checks,
    ingressCheck(project, supply.plan),
    ...(await argoCdChecks(project, options, supply.plan)),
  ];
  return { checks, machine, plan: supply.plan };
}
