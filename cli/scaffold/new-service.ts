import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createCatalog } from '../../apps/catalog';
import { defaults } from '../../apps/defaults';
import { lastEnvironments } from '../../apps/derived';
import type { CatalogInput } from '../../apps/draft';
import { readCatalogFiles } from '../../apps/load';
import type { Catalog, EnvironmentProps, ServiceProps } from '../../apps/model';
import { serializeRelease } from '../../apps/release';
import { serviceName } from '../../apps/rules/texts';
import { Place } from '../../apps/shape';
import { UserError } from '../../core/errors';
import { writeFileAtomic } from '../../core/files';
import { stateFolder } from '../../core/paths';
import { replaceDist, type DistChange } from '../../manifests/dist';
import { renderCatalog } from '../../manifests/render';
import { declarationText } from './service-declaration';
import { fillTemplate } from './template';

/** What a service is asked to be; values as they were written, for the catalog's rules to judge. */
export interface ServiceWish {
  readonly name: string;
  readonly port?: string | undefined;
  readonly tier?: string | undefined;
  /** For every environment that `replicas` says nothing of. */
  readonly replicas?: string | undefined;
  readonly calls?: readonly string[] | undefined;
  readonly repository?: string | undefined;
  /** Not reachable from outside the cluster. */
  readonly internal?: boolean | undefined;
  readonly resources?: Readonly<Record<string, string | undefined>> | undefined;
  /** Fields of single environments, by name. */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** Everything that a new service adds, complete and checked; nothing is written yet. */
export interface ServicePlan {
  readonly name: string;
  /** Content by path relative to the project. */
  readonly files: ReadonlyMap<string, string>;
  /** All of `dist/` with it. */
  readonly rendered: ReadonlyMap<string, string>;
  readonly catalog: Catalog;
}

/** Little, so that many fit on one machine; the owners of the service know better. */
const smallResources = { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' };

/** A number where it is one; what is none stays as it was written, so that the refusal quotes it. */
function numeric(text: string): unknown {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function known(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** The declaration that is wished for, not checked: `ServiceProps` once the catalog has taken it. */
function declarationOf(wish: ServiceWish, last: ReadonlySet<string>): Record<string, unknown> {
  const { name, repository, port, tier, replicas, calls = [], internal, resources = {}, environments = {} } = wish;
  const overrides: Record<string, Record<string, unknown>> = {};
  // a node that is drained must not take production's only pod along
  for (const environment of last) overrides[environment] = { replicas: 2 };
  for (const [environment, fields] of Object.entries(environments)) {
    const { replicas: count, ...rest } = fields;
    overrides[environment] = {
      ...overrides[environment],
      ...rest,
      ...(count !== undefined && { replicas: numeric(count) }),
    };
  }
  return known({
    name,
    repository,
    port: port === undefined ? undefined : numeric(port),
    replicas: replicas === undefined ? undefined : numeric(replicas),
    tier,
    resources: { ...smallResources, ...known(resources) },
    ingress: internal ? { exposed: false } : undefined,
    calls: calls.length > 0 ? calls : undefined,
    environments: Object.keys(overrides).length > 0 ? overrides : undefined,
  });
}

/** The names of the environments as far as they can be read, for locks and defaults. */
function environmentsOf({ environments }: CatalogInput): readonly EnvironmentProps[] {
  const { value } = environments;
  return Array.isArray(value) ? (value as EnvironmentProps[]).filter((each) => typeof each?.name === 'string') : [];
}

/**
 * Works out what a new service adds to a project. Nothing is written.
 *
 * @throws UserError with every violation at once, those of the catalog as it is among them
 */
export async function planService(root: string, wish: ServiceWish): Promise<ServicePlan> {
  const { name } = wish;
  const problems: string[] = [];
  let valid = true;
  serviceName.read(name, new Place(() => (valid = false)));
  // a name is part of a path
  if (valid && existsSync(path.join(root, 'apps', name))) {
    problems.push(`name: "${name}" is taken: apps/${name} is there; choose another name`);
  }
  const found = await readCatalogFiles(root);
  const environments = environmentsOf(found);
  const declaration = declarationOf(wish, lastEnvironments(environments));
  const file = `apps/${name}/service.ts`;
  const locks = environments.map(({ name: environment }) => ({
    service: name,
    environment,
    file: `apps/${name}/releases/${environment}.yaml`,
    value: { unreleased: true },
  }));
  let catalog: Catalog | undefined;
  try {
    catalog = createCatalog({
      ...found,
      services: [...found.services.filter(({ folder }) => folder !== name), { folder: name, file, value: declaration }],
      releases: [...found.releases.filter(({ service }) => service !== name), ...locks],
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.details);
  }
  if (catalog === undefined || problems.length > 0) {
    throw new UserError(`the service cannot be added; nothing was written`, { details: problems });
  }
  const props = declaration as unknown as ServiceProps;
  const code =
    props.repository === undefined
      ? await fillTemplate({ name, port: String(props.port ?? defaults.service.port) })
      : new Map<string, string>();
  return {
    name,
    catalog,
    rendered: renderCatalog(catalog),
    files: new Map([
      [file, declarationText(props)],
      ...locks.map((lock) => [lock.file, serializeRelease({ unreleased: true })] as const),
      ...[...code].map(([inside, content]) => [`apps/${name}/${inside}`, content] as const),
    ]),
  };
}

/**
 * Writes a plan: the service's folder appears as a whole, then `dist/` is replaced as a whole. What a killed predecessor left
 * is cleared first; a failure leaves neither.
 */
export async function writeService(root: string, { name, files, rendered }: ServicePlan): Promise<DistChange> {
  const staging = path.join(stateFolder(root), 'new-service');
  const target = path.join(root, 'apps', name);
  await mkdir(stateFolder(root), { recursive: true, mode: 0o700 });
  await rm(staging, { recursive: true, force: true });
  try {
    for (const [file, content] of files) {
      await writeFileAtomic(path.join(staging, path.relative(`apps/${name}`, file)), content);
    }
    await rename(staging, target);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  try {
    return await replaceDist(root, rendered);
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
}
