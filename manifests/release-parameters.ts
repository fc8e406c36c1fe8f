import type { Catalog, Deployment, Forge } from '../apps/model';

/** What the Application of a service is told about the release it deploys. Every field is text, empty where unknown. */
export interface ReleaseParameters {
  /** The commit that the image was built from. */
  readonly commit: string;
  /** Where requests from outside come in. */
  readonly host: string;
  /** Repository of the commit in the forge: `<organization>/<repository>`. */
  readonly repository: string;
  readonly version: string;
}

/** `owner/name` of the repository that a service's releases are built from. */
export function sourceRepository({ platform: { forge }, services }: Catalog, service: string): string {
  const own = services.find(({ name }) => name === service)?.repository;
  return own ?? `${forge.organization}/${forge.repository}`;
}

/** The page of a commit, as both forges lay out their addresses. */
export function commitPage({ type, host }: Forge, repository: string, commit: string): string {
  return `${type === 'github' ? 'https' : 'http'}://${host}/${repository}/commit/${commit}`;
}

/**
 * What an ApplicationSet reads beside a service's manifests. It has to come from Git with them: a status belongs on the
 * commit of the service, and Argo CD itself knows only the commit of the platform's repository.
 */
export function releaseParameters({ release, ingress, version }: Deployment, repository: string): ReleaseParameters {
  return {
    commit: release.unreleased ? '' : (release.source ?? ''),
    host: ingress.exposed ? ingress.host : '',
    repository,
    version,
  };
}
