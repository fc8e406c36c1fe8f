import { readFileSync } from 'node:fs';
import path from 'node:path';
import { platformFolder } from '../../apps/reserved';
import { placeOf, type Difference } from '../diff/differences';
import type { Source } from '../model';
import { keyLines, lineOf } from './catalog-lines';
import type { Traced } from './trace-project';

/** Fields of rendered objects, and the path in the service's declaration that decides them. */
const origins: readonly (readonly [RegExp, (match: RegExpExecArray) => readonly string[]])[] = [
  [/^spec\.replicas$/, () => ['replicas']],
  [/\.resources\.requests\.cpu$/, () => ['resources', 'cpuRequest']],
  [/\.resources\.requests\.memory$/, () => ['resources', 'memoryRequest']],
  [/\.resources\.limits\.cpu$/, () => ['resources', 'cpuLimit']],
  [/\.resources\.limits\.memory$/, () => ['resources', 'memoryLimit']],
  [/\.resources\b/, () => ['resources']],
  [/\.env\[(\w+)\]/, ([, name]) => ['env', name!]],
  [/\.env$/, () => ['env']],
  [/\.(readiness|liveness|startup)Probe\b/, ([, probe]) => ['probes', probe!]],
  [/\.ports\b.*[Pp]ort\b/, () => ['port']],
  [/\.(?:volumes|volumeMounts)\b/, () => ['writablePaths']],
  [/\.nodeSelector\b/, () => ['tier']],
  [/^spec\.rules\b.*\.path/, () => ['ingress', 'path']],
  [/^spec\.rules\b/, () => ['ingress']],
  [/^spec\.(?:ingress|egress)\b/, () => ['calls']],
];

/** Fields that a release decides, not the service's declaration. */
const released =
  /\.containers\[[^\]]+\]\.image$|\.env\[APP_VERSION\]|^metadata\.annotations\[slipway\.dev\/(?:version|source)/;

/** Names the lines that made an object, as far as the catalog that was rendered says it. */
export class Sources {
  private readonly files = new Map<string, ReadonlyMap<string, number> | undefined>();

  constructor(
    private readonly root: string,
    private readonly traced: Traced,
  ) {}

  /** The declaration that decides the first field that changed, and the construct that made the object of it. */
  of(difference: Difference): Source | undefined {
    const { file } = placeOf(difference);
    const construct = this.traced.files.get(file.slice('dist/'.length))?.construct;
    return construct === undefined ? undefined : { catalog: this.declaration(difference), construct };
  }

  private declaration(difference: Difference): string {
    const { environment, service, file } = placeOf(difference);
    const subject = service === platformFolder ? this.serviceOf(file) : service;
    if (subject !== undefined && this.traced.services.includes(subject)) {
      return this.serviceLine(
        subject,
        environment,
        difference.fields.map((field) => field.path),
      );
    }
    const named = /^dist\/argocd\/[^.]+\.(.+)\.yaml$/.exec(file)?.[1] ?? environment;
    const about = this.traced.environments.find(({ name }) => named === name || named.endsWith(`.${name}`));
    if (about === undefined) return this.at('apps/platform.ts', ['name']);
    return this.environmentLine(about.name);
  }

  /** A policy of the platform's folder bears the name of the service that it is about. */
  private serviceOf(file: string): string | undefined {
    return /\/NetworkPolicy\.([a-z0-9-]+)\.yaml$/.exec(file)?.[1];
  }

  private serviceLine(service: string, environment: string, paths: readonly string[]): string {
    const lock = `apps/${service}/releases/${environment}.yaml`;
    if (paths.some((one) => released.test(one)) && this.linesOf(lock) !== undefined) return `${lock}:1`;
    const file = `apps/${service}/service.ts`;
    const wanted = paths.flatMap((one) => {
      const [match, keys] =
        origins.map(([pattern, to]) => [pattern.exec(one), to] as const).find(([found]) => found !== null) ?? [];
      return match && keys ? [keys(match)] : [];
    })[0];
    if (wanted === undefined) return this.at(file, ['name']);
    const lines = this.linesOf(file);
    const override = lines?.get(['environments', environment, ...wanted].join('.'));
    return override === undefined ? this.at(file, wanted) : `${file}:${override}`;
  }

  private environmentLine(name: string): string {
    const file = 'apps/environments.ts';
    const text = this.read(file) ?? '';
    const line = text.split('\n').findIndex((one) => new RegExp(`name: ['"]${name}['"]`).test(one));
    return line < 0 ? `${file}:1` : `${file}:${line + 1}`;
  }

  /** A path of a file, or where its declaration starts. */
  private at(file: string, keys: readonly string[]): string {
    const lines = this.linesOf(file);
    const line = lines === undefined ? undefined : (lineOf(lines, keys) ?? lineOf(lines, ['name']));
    return `${file}:${line ?? 1}`;
  }

  private linesOf(file: string): ReadonlyMap<string, number> | undefined {
    if (!this.files.has(file)) {
      const text = this.read(file);
      this.files.set(file, text === undefined ? undefined : keyLines(text));
    }
    return this.files.get(file);
  }

  private read(file: string): string | undefined {
    try {
      return readFileSync(path.join(this.root, file), 'utf8');
    } catch {
      return undefined;
    }
  }
}
