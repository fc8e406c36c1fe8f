import { defaults } from '../defaults';
import { show } from '../violation';
import type { Rule } from './rule';

/** The platform makes all repositories in one organization, and a service in the platform's own repository is described without one. */
export const repositoriesOfServices: Rule = function* ({ platform, services }) {
  const { forge } = platform.props;
  if (['forge.organization', 'forge.repository'].some(platform.faulty)) return;
  const own = `${forge.organization}/${forge.repository ?? defaults.platform.repository}`;
  for (const { file, props, faulty } of services) {
    if (props.repository === undefined || faulty('repository')) continue;
    const [owner, name] = props.repository.split('/');
    if (props.repository === own) {
      yield { file, field: 'repository', problem: `${show(own)} is the platform's own`, repair: 'remove it' };
    } else if (owner !== forge.organization) {
      yield {
        file,
        field: 'repository',
        problem: `${show(props.repository)} belongs to ${show(owner)}`,
        allowed: `a repository of "${forge.organization}"`,
        repair: `did you mean "${forge.organization}/${name}"?`,
      };
    }
  }
};
