import { imageRepository } from '../derived';
import { registryBeside, resolveRegistry } from '../registry';
import { Suggestions } from '../suggest';
import { listed, show } from '../violation';
import { environmentNames, type Rule } from './rule';

/** Every service says in every environment which image runs there, or that none was released yet. */
export const everyServiceHasLocks: Rule = function* ({ environments, services, releases }) {
  const present = new Set(releases.map(({ service, environment }) => `${service}/${environment}`));
  for (const { name } of services) {
    for (const environment of new Set(environments.props.map((each) => each.name))) {
      if (environment === '' || present.has(`${name}/${environment}`)) continue;
      yield {
        file: `apps/${name}/releases/${environment}.yaml`,
        problem: 'is missing',
        allowed: 'a release lock',
        repair: 'create it with the line `unreleased: true`',
      };
    }
  }
};

/** A lock that belongs to nothing is a renamed service or environment, or a slip that would go unnoticed. */
export const noStrayLocks: Rule = function* (draft) {
  const services = draft.services.map(({ name }) => name);
  const environments = environmentNames(draft);
  const known = { services: new Set(services), environments: new Set(environments) };
  const suggestions = { services: new Suggestions(services), environments: new Suggestions(environments ?? []) };
  for (const { file, service, environment } of draft.releases) {
    if (!known.services.has(service)) {
      yield {
        file,
        problem: `apps/${service} has no service.ts`,
        allowed: listed(services),
        repair: suggestions.services.for(service) ?? 'remove it, or describe the service',
      };
    }
    if (environments !== undefined && !known.environments.has(environment)) {
      yield {
        file,
        problem: `${show(environment)} is not an environment`,
        allowed: listed(environments),
        repair: suggestions.environments.for(environment) ?? 'remove it',
      };
    }
  }
};

/** A lock of one service never runs the image of another, nor one from elsewhere. */
export const imageOfTheService: Rule = function* ({ platform, services, releases }) {
  if (['domain', 'registry', 'cluster.registry'].some(platform.faulty)) return;
  const { registry, domain, cluster } = platform.props;
  const { repositories } = resolveRegistry(registry, domain, registryBeside(cluster));
  const byName = new Map(services.map((service) => [service.name, service]));
  for (const { file, lines, faulty, service: name, props: release } of releases) {
    const service = byName.get(name);
    if (service === undefined || service.faulty('image') || release.unreleased || faulty('image')) continue;
    const repository = imageRepository(repositories, { ...service.props, name });
    const tag = release.image.slice(release.image.lastIndexOf(':'));
    if (release.image === repository + tag) continue;
    const line = lines.get('image');
    yield {
      file,
      ...(line !== undefined && { line }),
      field: 'image',
      problem: `${show(release.image)} is not an image of ${name}`,
      allowed: `${repository}:<tag>`,
      repair: `did you mean "${repository}${tag}"?`,
    };
  }
};
