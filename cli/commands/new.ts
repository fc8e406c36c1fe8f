import type { CommandContext } from '../context';
import type { EnvironmentValue } from '../arguments';
import { planService, writeService, type ServicePlan, type ServiceWish } from '../scaffold/new-service';

export interface NewServiceFlags {
  readonly port?: string;
  readonly tier?: string;
  readonly replicas?: readonly EnvironmentValue[];
  readonly hostPrefix?: readonly EnvironmentValue[];
  readonly calls?: readonly string[];
  readonly internal?: boolean;
  readonly cpu?: string;
  readonly memory?: string;
  readonly memoryLimit?: string;
  readonly repository?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What is said of single environments, as overrides. */
function overridesOf(flags: NewServiceFlags): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const overrides: Record<string, Record<string, string>> = {};
  for (const field of ['replicas', 'hostPrefix'] as const) {
    for (const { environment, value } of flags[field] ?? []) {
      if (environment !== undefined) overrides[environment] = { ...overrides[environment], [field]: value };
    }
  }
  return overrides;
}

function wishOf(name: string, flags: NewServiceFlags): ServiceWish {
  const { port, tier, calls, internal, repository } = flags;
  const everywhere = flags.replicas?.findLast(({ environment }) => environment === undefined)?.value;
  return {
    name,
    port,
    tier,
    calls,
    internal,
    repository,
    replicas: everywhere,
    resources: { cpuRequest: flags.cpu, memoryRequest: flags.memory, memoryLimit: flags.memoryLimit },
    environments: overridesOf(flags),
  };
}

/** What is left to do, as commands. */
function nextSteps({ name, catalog }: ServicePlan, repository: string | undefined): readonly string[] {
  const commit = `git add --all && git commit --message "Add ${name}"`;
  if (repository === undefined) return [commit, 'npx slipway deliver'];
  const image = catalog.services.find((service) => service.name === name)!.image;
  const made = catalog.platform.forge.organization === repository.split('/')[0];
  return [
    commit,
    `npx slipway up --deliver   # ${made ? `also makes the repository ${repository}` : 'delivers it'}`,
    `push its code to ${repository}; its workflow publishes ${image} (docs/services.md)`,
  ];
}

export async function service(context: CommandContext, flags: NewServiceFlags, name: string): Promise<void> {
  const { root, out, progress, signal } = context;
  const plan = await planService(root, wishOf(name, flags));
  const files = [...plan.files.keys()];
  const next = nextSteps(plan, flags.repository);
  // from here on it is a matter of moments, and does not end half-way
  signal.throwIfAborted();
  const dist = flags.dryRun ? undefined : await writeService(root, plan);
  if (flags.json) {
    out(JSON.stringify({ service: name, dryRun: dist === undefined, files, ...(dist && { dist }), next }, null, 2));
    return;
  }
  for (const file of files) out(file);
  for (const file of dist?.written ?? []) out(`dist/${file}`);
  progress.say(dist === undefined ? 'nothing was written' : `added ${name}; now:`);
  if (dist !== undefined) for (const step of next) progress.say(`  ${step}`);
}
