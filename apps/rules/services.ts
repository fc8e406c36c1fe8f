import type { ResourcesProps, ServiceProps } from '../model';
import { parseCpu, parseMemory } from '../quantity';
import { platformVariables } from '../reserved';
import { Suggestions } from '../suggest';
import { listed, show } from '../violation';
import { environmentNames, type Rule } from './rule';

/** Without a service there is nothing to deliver, and an empty render would remove what runs. */
export const atLeastOneService: Rule = function* ({ services }) {
  if (services.length > 0) return;
  yield {
    file: 'apps',
    problem: 'no service is described',
    allowed: 'at least one folder with a service.ts',
    repair: 'create apps/<service>/service.ts',
  };
};

/** A service is called as its folder, which makes names unique; a copied folder often keeps the old name. */
export const nameIsTheFolder: Rule = function* ({ services }) {
  const folders = new Set(services.map(({ name }) => name));
  for (const { file, name, props } of services) {
    if (props.name === name || props.name === '') continue;
    yield {
      file,
      field: 'name',
      problem: folders.has(props.name)
        ? `"${props.name}" is the name of another service`
        : `${show(props.name)} is not the name of the folder`,
      allowed: `"${name}"`,
      repair: `write name: '${name}', or rename the folder`,
    };
  }
};

/** Only services of the catalog are called, each named once, none by itself. */
export const knownCalls: Rule = function* ({ services }) {
  const names = services.map(({ name }) => name);
  const known = new Set(names);
  const suggestions = new Suggestions(names);
  for (const { file, name, props } of services) {
    const seen = new Set<string>();
    for (const [index, called] of (props.calls ?? []).entries()) {
      const field = `calls[${index}]`;
      if (called === '') continue;
      if (called === name) {
        yield {
          file,
          field,
          problem: `${show(called)} is the service itself`,
          repair: 'remove it: no network is needed',
        };
      } else if (seen.has(called)) {
        yield { file, field, problem: `${show(called)} is named twice`, repair: 'remove one of the two' };
      } else if (!known.has(called)) {
        const repair = suggestions.for(called);
        yield {
          file,
          field,
          problem: `${show(called)} is not a service`,
          allowed: listed(names),
          ...(repair && { repair }),
        };
      }
      seen.add(called);
    }
  }
};

/** Overrides are for environments that exist. */
export const knownEnvironments: Rule = function* (draft) {
  const names = environmentNames(draft);
  if (names === undefined) return;
  const known = new Set(names);
  const suggestions = new Suggestions(names);
  for (const { file, props } of draft.services) {
    for (const name of Object.keys(props.environments ?? {})) {
      if (known.has(name)) continue;
      yield {
        file,
        field: `environments.${name}`,
        problem: 'is not an environment',
        allowed: listed(names),
        repair: suggestions.for(name) ?? 'remove it, or add the environment to apps/environments.ts',
      };
    }
  }
};

const pairs = [
  { request: 'cpuRequest', limit: 'cpuLimit', parse: parseCpu },
  { request: 'memoryRequest', limit: 'memoryLimit', parse: parseMemory },
] as const;

/** Kubernetes refuses pods that request more than their limit, but only once they are created. */
export const requestsWithinLimits: Rule = function* ({ services }) {
  for (const { file, props } of services) {
    const variants: [string, Partial<ResourcesProps>][] = [
      ['resources', props.resources],
      ...overrides(props).map(([name, { resources }]): [string, Partial<ResourcesProps>] => [
        `environments.${name}.resources`,
        resources ?? {},
      ]),
    ];
    for (const [field, resources] of variants) {
      for (const { request, limit, parse } of pairs) {
        // where an override touches neither, the service's own pair has been looked at
        if (resources[request] === undefined && resources[limit] === undefined) continue;
        const requested = resources[request] ?? props.resources[request];
        const limited = resources[limit] ?? props.resources[limit];
        if (limited === undefined || !((parse(requested) ?? 0) > (parse(limited) ?? Infinity))) continue;
        yield {
          file,
          field: `${field}.${resources[request] === undefined ? limit : request}`,
          problem: `${request} ${show(requested)} is more than ${limit} ${show(limited)}`,
          allowed: `a ${request} of at most ${limit}`,
          repair: `lower ${request} or raise ${limit}`,
        };
      }
    }
  }
};

/**
 * Argo CD calls an environment `<environment>` and a service in it `<environment>-<service>`; no two may meet, as
 * `b` in `dev-a` and `a-b` in `dev` would.
 */
export const uniqueApplications: Rule = function* (draft) {
  const environments = environmentNames(draft) ?? [];
  const owners = new Map<string, string>(environments.map((name) => [name, `environment ${name}`]));
  for (const environment of environments) {
    for (const { file, props } of draft.services) {
      if (props.name === '') continue;
      const application = `${environment}-${props.name}`;
      const owner = owners.get(application);
      owners.set(application, owner ?? `${props.name} in ${environment}`);
      if (owner === undefined || owner === `${props.name} in ${environment}`) continue;
      yield {
        file,
        field: 'name',
        problem: `"${application}" would be the Application of ${owner} and of ${props.name} in ${environment}`,
        allowed: 'names that differ when joined to an environment by "-"',
        repair: 'rename the service or the environment',
      };
    }
  }
};

/** Hosts are not shared: an override of the prefix may meet another environment's. */
export const uniqueHosts: Rule = function* ({ environments, services }) {
  for (const { file, props } of services) {
    const owners = new Map<string, { environment: string; overridden: boolean }>();
    for (const environment of environments.props) {
      const override = props.environments?.[environment.name];
      if ((override?.ingress?.exposed ?? props.ingress?.exposed) === false) continue;
      const prefix = override?.hostPrefix ?? environment.hostPrefix ?? environment.name;
      const overridden = override?.hostPrefix !== undefined;
      const owner = owners.get(prefix);
      owners.set(prefix, owner ?? { environment: environment.name, overridden });
      // where neither is overridden the environments themselves clash, which is told there
      if (owner === undefined || prefix === '' || !(overridden || owner.overridden)) continue;
      yield {
        file,
        field: `environments.${overridden ? environment.name : owner.environment}.hostPrefix`,
        problem: `"${prefix}" gives ${owner.environment} and ${environment.name} the same host`,
        allowed: 'a prefix of its own',
        repair: 'choose another prefix, or remove it to use the one of the environment',
      };
    }
  }
};

function overrides(props: ServiceProps) {
  return Object.entries(props.environments ?? {}).flatMap(([name, override]) =>
    override === undefined ? [] : [[name, override] as const],
  );
}

/** Variables as written, with the field that holds them. */
function variables(props: ServiceProps): [field: string, name: string, value: string][] {
  const blocks = [
    ['env', props.env ?? {}] as const,
    ...overrides(props).map(([name, { env }]) => [`environments.${name}.env`, env ?? {}] as const),
  ];
  return blocks.flatMap(([field, env]) =>
    Object.entries(env).map(([name, value]): [string, string, string] => [`${field}.${name}`, name, value]),
  );
}

/** What the platform sets cannot be set twice. */
export const noReservedVariables: Rule = function* ({ services }) {
  for (const { file, props } of services) {
    for (const [field, name] of variables(props)) {
      if (!platformVariables.some((reserved) => reserved === name)) continue;
      yield {
        file,
        field,
        problem: 'is set by the platform',
        repair: name === 'PORT' ? 'remove it and set `port`' : 'remove it: the release lock says the version',
      };
    }
  }
};

const secretName = /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS)_?KEY)S?$/;
const secretValue = /-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^/\s:@]+:[^/\s@]+@/;

/** dist is committed and read by everyone who reviews it. */
export const noSecretVariables: Rule = function* ({ services }) {
  for (const { file, props } of services) {
    for (const [field, name, value] of variables(props)) {
      if (!secretName.test(name) && !secretValue.test(value)) continue;
      yield {
        file,
        field,
        problem: `${secretName.test(name) ? 'its name says that it' : 'its value looks like it'} is a secret`,
        allowed: 'plain values that everyone may read',
        repair: 'remove it from the catalog, and replace the secret where it was committed',
      };
    }
  }
};
