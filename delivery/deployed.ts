import { releaseFile } from '../manifests/layout';
import type { Repository } from './git';

const RELEASE = new RegExp(`^dist/([^/]+)/([^/]+)/${releaseFile.replace('.', '\\.')}$`);

/** Services of a commit that Argo CD deploys, as `<environment>/<service>`: those that have a release there. */
export async function deployedServices(git: Repository, commit: string): Promise<readonly string[]> {
  const files = await git.lines(['ls-tree', '-r', '--name-only', commit, '--', 'dist/']);
  return files.flatMap((file) => {
    const [, environment, service] = RELEASE.exec(file) ?? [];
    return service === undefined ? [] : [`${environment}/${service}`];
  });
}
