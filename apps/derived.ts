import type { Catalog, Forge, Release } from './model';
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

/** Environments where releases arrive and go no further: production, by whatever name. Nothing is deleted there unasked. */
export function lastEnvironments(
  environments: readonly { readonly name: string; readonly promotesFrom?: string }[],
): Set<string> {
  const sources = new Set(environments.map(({ promotesFrom }) => promotesFrom));
  return new Set(
    environments
      .filter(({ name, promotesFrom }) => promotesFrom !== undefined && !sources.has(name))
      .map(({ name }) => name),
  );
}

/** Repositories that services have of their own, as `owner/name`: each once, sorted. */
export function repositoriesOfServices({ services }: Pick<Catalog, 'services'>): readonly string[] {
  return [...new Set(services.flatMap(({ repository }) => repository ?? []))].toSorted();
}

/** A repository of the forge as Argo CD reads it by HTTP, without a port of one machine. */
export function repositoryUrl({ type, host }: Pick<Forge, 'type' | 'host'>, repository: string): string {
  return `${type === 'github' ? 'https' : 'http'}://${host}/${repository}.git`;
}

/** Whether anything is deployed because of the name of its repository. */
export function discovers({ platform: { discovery } }: Pick<Catalog, 'platform'>): boolean {
  return discovery.addOns || discovery.deployments;
}

/** Clusters that environments are on, beside the one that Argo CD runs in: each once. */
export function furtherClusters(environments: readonly { readonly cluster?: string }[]): readonly string[] {
  return [...new Set(environments.flatMap(({ cluster }) => cluster ?? []))];
}

/** The Application that brings the policies of admission to a further cluster. */
export function policiesApplication(cluster: string): string {
  return `policies-${cluster}`;
}
