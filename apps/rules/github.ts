import { Suggestions } from '../suggest';
import { listed, show } from '../violation';
import { environmentNames, type Rule } from './rule';

/** Secrets are for environments that exist, and none has a variable's name. */
export const secretsOfEnvironments: Rule = function* (draft) {
  const { file, props, faulty } = draft.platform;
  if (props.forge.type !== 'github') return;
  const { secrets = {}, variables = {} } = props.forge;
  const names = environmentNames(draft);
  const suggestions = new Suggestions(names ?? []);
  for (const [name, { environments = [] }] of Object.entries(secrets)) {
    const field = `forge.secrets.${name}`;
    if (Object.hasOwn(variables, name)) {
      yield { file, field, problem: 'is the name of a variable too', allowed: 'a name of its own' };
    }
    if (names === undefined || faulty(field)) continue;
    for (const [index, environment] of environments.entries()) {
      if (names.includes(environment)) continue;
      yield {
        file,
        field: `${field}.environments[${index}]`,
        problem: `${show(environment)} is not an environment`,
        allowed: listed(names),
        repair: suggestions.for(environment) ?? 'remove it, or add the environment to apps/environments.ts',
      };
    }
  }
};

/** GitHub takes up to six reviewers for an environment. */
export const reviewersOfEnvironments: Rule = function* ({ environments: { file, props } }) {
  for (const [index, { reviewers = [] }] of props.entries()) {
    const field = `[${index}].reviewers`;
    if (reviewers.length > 6) {
      yield {
        file,
        field,
        problem: `${reviewers.length} reviewers`,
        allowed: 'up to 6',
        repair: 'name a team: "team:<name>"',
      };
    }
    const twice = reviewers.find((name, at) => name !== '' && reviewers.indexOf(name) !== at);
    if (twice !== undefined) {
      yield { file, field, problem: `${show(twice)} is named twice`, repair: 'remove one of the two' };
    }
  }
};
