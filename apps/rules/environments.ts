import { discoveredList, isDiscovered, isReserved, reservedList } from '../reserved';
import { Suggestions } from '../suggest';
import { listed, show, type Violation } from '../violation';
import { environmentNames, type Rule } from './rule';

/** Names, namespaces and host prefixes are not shared between environments. */
export const uniqueEnvironments: Rule = function* ({ environments: { file, props } }) {
  const owners = {
    name: new Map<string, number>(),
    namespace: new Map<string, number>(),
    hostPrefix: new Map<string, number>(),
  };
  for (const [index, environment] of props.entries()) {
    for (const key of ['name', 'namespace', 'hostPrefix'] as const) {
      const value = environment[key] ?? environment.name;
      const owner = owners[key].get(value);
      if (owner === undefined) {
        owners[key].set(value, index);
      } else if (value !== '' && (key === 'name' || props[owner]!.name !== environment.name)) {
        yield {
          file,
          field: `[${index}].${key}`,
          problem: `${show(value)} is taken by ${key === 'name' ? `[${owner}]` : `environment "${props[owner]!.name}"`}`,
          allowed: `a ${key} of its own`,
        };
      }
    }
  }
};

/** The platform's and Kubernetes' own names stay theirs. */
export const noReservedNames: Rule = function* ({ environments, services }) {
  const refuse = (file: string, field: string, name: string, list = reservedList): Violation => ({
    file,
    field,
    problem: `${show(name)} is reserved`,
    allowed: `any name but ${list}`,
    repair: 'choose another name',
  });
  for (const [index, { name, namespace }] of environments.props.entries()) {
    for (const [field, value] of Object.entries({ name, namespace })) {
      if (value === undefined) continue;
      const place = `[${index}].${field}`;
      if (isReserved(value)) yield refuse(environments.file, place, value);
      if (isDiscovered(value)) yield refuse(environments.file, place, value, discoveredList);
    }
  }
  for (const { file, props } of services) {
    if (isReserved(props.name)) yield refuse(file, 'name', props.name);
  }
};

/** Releases come from an environment that exists. */
export const knownPromotions: Rule = function* (draft) {
  const { file, props } = draft.environments;
  const names = environmentNames(draft);
  if (names === undefined) return;
  const known = new Set(names);
  const suggestions = new Suggestions(names);
  for (const [index, { promotesFrom }] of props.entries()) {
    if (promotesFrom === undefined || promotesFrom === '' || known.has(promotesFrom)) continue;
    const repair = suggestions.for(promotesFrom);
    yield {
      file,
      field: `[${index}].promotesFrom`,
      problem: `${show(promotesFrom)} is not an environment`,
      allowed: listed(names),
      ...(repair && { repair }),
    };
  }
};

/** Promotion begins somewhere: no environment is fed by itself, however long the way. */
export const promotionWithoutCycles: Rule = function* (draft) {
  const { file, props } = draft.environments;
  if (environmentNames(draft) === undefined) return;
  const indexes = new Map(props.map(({ name }, index) => [name, index]));
  const done = new Set<number>();
  for (const start of props.keys()) {
    const way: number[] = [];
    const onTheWay = new Set<number>();
    let index: number | undefined = start;
    while (index !== undefined && !done.has(index) && !onTheWay.has(index)) {
      way.push(index);
      onTheWay.add(index);
      index = indexes.get(props[index]!.promotesFrom ?? '');
    }
    if (index !== undefined && onTheWay.has(index)) {
      const circle = [...way.slice(way.indexOf(index)), index].map((step) => `"${props[step]!.name}"`);
      yield {
        file,
        field: `[${index}].promotesFrom`,
        problem: `${circle.join(' from ')} is a circle that no release can enter`,
        allowed: 'a way that begins at an environment without promotesFrom',
        repair: 'remove promotesFrom from the one that merges go to',
      };
    }
    way.forEach((step) => done.add(step));
  }
};

/** Environments are on clusters that the platform has. */
export const knownClusters: Rule = function* ({ platform, environments: { file, props } }) {
  const names = Object.keys(platform.props.clusters ?? {});
  const suggestions = new Suggestions(names);
  for (const [index, { cluster }] of props.entries()) {
    if (cluster === undefined || cluster === '' || names.includes(cluster)) continue;
    yield {
      file,
      field: `[${index}].cluster`,
      problem: `${show(cluster)} is not one of the platform's clusters`,
      allowed: names.length === 0 ? 'no name: apps/platform.ts has no `clusters`' : listed(names),
      repair: suggestions.for(cluster) ?? 'remove it: the environment is then on the cluster of Argo CD',
    };
  }
};
