import type { Deployment, Forge } from '../apps/model';

/** What the Application of a service is told about the release it deploys. Every field is text, empty where unknown. */
export interface ReleaseParameters {
  /** The commit that the image was built from. */
  readonly commit: string;
  /** `sha256:...` of the image, which tells whether the pods that run are those of this release. */
  readonly digest: string;
  /** Where requests from outside come in. */
  readonly host: string;
  /** Repository of the commit in the forge: `<organization>/<repository>`. */
  readonly repository: string;
  readonly version: string;
}

/**
 * What an ApplicationSet reads beside a service's manifests. It has to come from Git with them: a status belongs on the
 * commit of the service, and Argo CD itself knows only the commit of the platform's repository.
 */
export function releaseParameters({ release, ingress, version }: Deployment, forge: Forge): ReleaseParameters {
  return {
    commit: release.unreleased ? '' : (release.source ?? ''),
    digest: release.unreleased ? '' : release.digest,
    host: ingress.exposed ? ingress.host : '',
    repository: `${forge.organization}/${forge.repository}`,
    version,
  };
}
