import { Suggestions } from '../suggest';
import { listed, show } from '../violation';
import { environmentNames, type Rule } from './rule';

const dayMs = 24 * 60 * 60 * 1000;
/** From today to the last day that an exception may name. */
const longestDays = 366;

/** Exceptions are of services and environments that exist. */
export const knownExceptions: Rule = function* (draft) {
  const { file, props } = draft.exceptions;
  const services = draft.services.map(({ name }) => name);
  const environments = environmentNames(draft);
  const suggestServices = new Suggestions(services);
  const suggestEnvironments = new Suggestions(environments ?? []);
  for (const [index, exception] of props.entries()) {
    if (exception.service !== '' && !services.includes(exception.service)) {
      yield {
        file,
        field: `[${index}].service`,
        problem: `${show(exception.service)} is not a service`,
        allowed: listed(services),
        repair: suggestServices.for(exception.service) ?? 'remove the exception',
      };
    }
    if (environments === undefined) continue;
    for (const [position, name] of (exception.environments ?? []).entries()) {
      if (name === '' || environments.includes(name)) continue;
      const repair = suggestEnvironments.for(name);
      yield {
        file,
        field: `[${index}].environments[${position}]`,
        problem: `${show(name)} is not an environment`,
        allowed: listed(environments),
        ...(repair && { repair }),
      };
    }
  }
};

/** Two exceptions for the same thing would say two reasons and two days. */
export const exceptionsOnce: Rule = function* (draft) {
  const { file, props } = draft.exceptions;
  const all = environmentNames(draft) ?? [];
  const owners = new Map<string, number>();
  for (const [index, { policy, service, environments = all }] of props.entries()) {
    const taken = environments.find((environment) => owners.has(`${policy} ${service} ${environment}`));
    if (taken !== undefined && service !== '') {
      yield {
        file,
        field: `[${index}]`,
        problem: `${service} is excepted from "${policy}" in ${taken} by [${owners.get(`${policy} ${service} ${taken}`)}] too`,
        repair: 'remove one of the two',
      };
    }
    for (const environment of environments) owners.set(`${policy} ${service} ${environment}`, index);
  }
};

/** An exception ends, and within a year. */
export const currentExceptions: Rule = function* ({ exceptions: { file, props, faulty }, now }) {
  const today = now.toISOString().slice(0, 10);
  const latest = new Date(Date.parse(today) + longestDays * dayMs).toISOString().slice(0, 10);
  for (const [index, { policy, service, until, by }] of props.entries()) {
    const field = `[${index}].until`;
    if (faulty(field)) continue;
    if (until < today) {
      yield {
        file,
        field,
        problem: `the exception of ${service} from "${policy}" ended on ${until}`,
        repair: `let ${service} keep the policy and remove the exception; otherwise ask ${by} for a new day`,
      };
    } else if (until > latest) {
      yield { file, field, problem: `${show(until)} is more than a year ahead`, allowed: `a day up to ${latest}` };
    }
  }
};
