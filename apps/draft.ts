import type { EnvironmentProps, PlatformProps, PolicyExceptionProps, Release, ServiceProps } from './model';
import { environmentsShape, exceptionsShape, platformShape, releaseShape, serviceShape } from './rules/shapes';
import { Place, type Shape } from './shape';
import type { Violation } from './violation';

/** One file of the catalog: what it exports or holds, not looked at yet. */
export interface Source {
  /** Relative to the project. */
  readonly file: string;
  readonly value: unknown;
  /** Why the file could not be read; `value` is ignored then. @default none */
  readonly problems?: readonly Violation[];
  /** Line of each field: `hold.since` at 5. @default unknown */
  readonly lines?: ReadonlyMap<string, number>;
}

export interface ServiceSource extends Source {
  /** The folder's name below apps/. */
  readonly folder: string;
}

export interface ReleaseSource extends Source {
  readonly service: string;
  readonly environment: string;
}

/** Everything that the catalog is made of. */
export interface CatalogInput {
  readonly platform: Source;
  readonly environments: Source;
  readonly services: readonly ServiceSource[];
  readonly releases: readonly ReleaseSource[];
  /** @default none */
  readonly exceptions?: Source;
  /** The day that exceptions are measured by. @default now */
  readonly now?: Date;
}

/** A file whose content has the right type, though perhaps not sensible values. */
export interface Drafted<T> {
  readonly file: string;
  readonly lines: ReadonlyMap<string, number>;
  readonly props: T;
  /** Whether a fault was told about this field or a part of it, so that no rule draws conclusions from it. */
  readonly faulty: (field: string) => boolean;
}

/** The catalog as it was written, before defaults; the rules look at it. */
export interface Draft {
  readonly platform: Drafted<PlatformProps>;
  readonly environments: Drafted<readonly EnvironmentProps[]>;
  /** A service is known by its folder, so that a wrong name is told once and not by all who call it. */
  readonly services: readonly (Drafted<ServiceProps> & { readonly name: string })[];
  readonly releases: readonly (Drafted<Release> & { readonly service: string; readonly environment: string })[];
  readonly exceptions: Drafted<readonly PolicyExceptionProps[]>;
  readonly now: Date;
}

/** Reads one file, telling its faults with file and line. */
export function readSource<T>(source: Source, shape: Shape<T>, tell: (violation: Violation) => void): Drafted<T> {
  const { file, value, problems = [], lines = new Map<string, number>() } = source;
  problems.forEach(tell);
  const faults: string[] = [];
  const place = new Place((field, fault) => {
    faults.push(field);
    if (problems.length > 0) return;
    const line = lines.get(field);
    tell({ ...fault, file, ...(line !== undefined && { line }), ...(field !== '' && { field }) });
  });
  const props = shape.read(value, place);
  const parts = (field: string): string => `${field}.`.replaceAll('[', '.');
  const faulty = (field: string): boolean =>
    faults.some((fault) => fault === '' || parts(fault).startsWith(parts(field)));
  return { file, lines, props, faulty };
}

/** Reads every file; whatever is wrong with single values is told. */
export function readDraft(input: CatalogInput, tell: (violation: Violation) => void): Draft {
  return {
    platform: readSource(input.platform, platformShape, tell),
    environments: readSource(input.environments, environmentsShape, tell),
    services: input.services.map((source) => ({ ...readSource(source, serviceShape, tell), name: source.folder })),
    releases: input.releases.map((source) => ({
      ...readSource(source, releaseShape, tell),
      service: source.service,
      environment: source.environment,
    })),
    exceptions: readSource(input.exceptions ?? { file: 'apps/exceptions.ts', value: [] }, exceptionsShape, tell),
    now: input.now ?? new Date(),
  };
}
