import type { Release } from './model';
import { unreleasedVersion } from './reserved';

/** `registry.offerfit.local/service-a`, without tag. */
export function imageRepository(registry: string, service: { readonly name: string; readonly image?: string }): string {
  return `${registry}/${service.image ?? service.name}`;
}

/** What pods run: pinned by digest once released, by a tag that says so before. */
export function imageReference(repository: string, release: Release): string {
  return release.unreleased ? `${repository}:${unreleasedVersion}` : `${release.image}@${release.digest}`;
}

/** `dev.service-a.offerfit.local` */
export function serviceHost(hostPrefix: string, service: string, domain: string): string {
  return `${hostPrefix}.${service}.${domain}`;
}

/** By SSH, since a deploy key opens one repository for reading and nothing else. */
export function githubUrl(organization: string, repository: string, sshPort: 22 | 443): string {
  return sshPort === 22
    ? `git@github.com:${organization}/${repository}.git`
    : `ssh://git@ssh.github.com:443/${organization}/${repository}.git`;
}
