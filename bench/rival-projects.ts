import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { releaseFile } from '../manifests/layout';
import { readTree } from '../manifests/tree';
import { environments, services } from './review-project';
import { serviceName } from './projects';

/** One side of a review: what its dist holds, by path below `dist/`. */
export type Side = ReadonlyMap<string, string>;

/** The service whose objects the chart's templates are made of: it calls one and is called by another. */
const model = 500;
const [caller, callee] = [serviceName(model + 1), serviceName(model - 1)];

/** Objects of a side, without what Argo CD reads beside them. */
export function sideOf(dist: string): Side {
  const files = [...readTree(dist)].filter(([file]) => path.basename(file) !== releaseFile);
  return new Map(files as [string, string][]);
}

/** The kinds that every service has, in the folder of its own or of the platform. */
function templateFiles(side: Side): string[] {
  const name = serviceName(model);
  return [...side.keys()].filter((file) => file.startsWith('staging/') && file.endsWith(`.${name}.yaml`));
}

/** What one service has of a kind, as a template of Helm for all of them. */
function template(text: string): string {
  return text
    .replaceAll('staging', '{{ $.Values.environment }}')
    .replace(/^( *)cpu: 25m$/m, '$1cpu: {{ .cpu }}')
    .replace(/^ {2}egress:\n(?: {4}.*\n)+/m, (block) => `{{- if .callee }}\n${block}{{- end }}\n`)
    .replace(
      new RegExp(`^ *- podSelector:\\n.*\\n.*${caller}\\n`, 'm'),
      (block) => `{{- if .caller }}\n${block}{{- end }}\n`,
    )
    .replaceAll(caller, '{{ .caller }}')
    .replaceAll(callee, '{{ .callee }}')
    .replaceAll(serviceName(model), '{{ .name }}');
}

/** The same objects by one chart, with a release for each environment; Argo CD's own go with the first one. */
export function writeChart(folder: string, side: Side): void {
  const files = templateFiles(side);
  mkdirSync(path.join(folder, 'templates'), { recursive: true });
  writeFileSync(path.join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: services\nversion: 0.0.0\n');
  const templates = files.map((file) => `---\n${template(side.get(file)!)}`).join('');
  writeFileSync(
    path.join(folder, 'templates/services.yaml'),
    `{{- range .Values.services }}\n${templates}{{- end }}\n`,
  );
  // what is no service's is taken over as it is; templates of Argo CD must not be read as ones of Helm
  const raw =
    '{{- range $file, $_ := .Files.Glob (printf "raw/%s/**" .Values.environment) }}\n---\n{{ $.Files.Get $file }}{{- end }}\n';
  writeFileSync(path.join(folder, 'templates/raw.yaml'), raw);
  for (const environment of environments) {
    const of = ['platform/', 'argocd/'].filter((part) => part !== 'argocd/' || environment === environments[0]);
    for (const [file, text] of side) {
      const own = of.some((part) => file.startsWith(part === 'argocd/' ? part : `${environment}/${part}`));
      if (!own || /\/NetworkPolicy\.service-\d+\.yaml$/.test(file)) continue;
      const target = path.join(folder, 'raw', environment, file.replaceAll('/', '_'));
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    writeFileSync(path.join(folder, `${environment}.yaml`), valuesOf(side, environment));
  }
}

function valuesOf(side: Side, environment: string): string {
  const values = Array.from({ length: services }, (_, index) => {
    const name = serviceName(index);
    const cpu = /^ *cpu: (\S+)$/m.exec(side.get(`${environment}/${name}/Deployment.${name}.yaml`)!)![1]!;
    return {
      name,
      cpu,
      ...(index > 0 && { callee: serviceName(index - 1) }),
      ...(index + 1 < services && { caller: serviceName(index + 1) }),
    };
  });
  return JSON.stringify({ environment, services: values });
}

/** The same objects as resources of one kustomization for each environment: the least that Kustomize can be asked. */
export function writeKustomizations(folder: string, dist: string): void {
  cpSync(dist, folder, { recursive: true });
  for (const part of readdirSync(folder)) {
    const root = path.join(folder, part);
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    for (const name of names) if (path.basename(name) === releaseFile) rmSync(path.join(root, name));
    const resources = names.filter((name) => name.endsWith('.yaml')).map((name) => `  - ${name}`);
    writeFileSync(path.join(root, 'kustomization.yaml'), `resources:\n${resources.join('\n')}\n`);
  }
}

/** A script that renders both sides, one after the other, and all parts of a side at once. */
export function renderScript(render: (side: string, part: string) => string, parts: readonly string[]): string {
  const side = (name: string): string =>
    [`mkdir -p ${name}`, ...parts.map((part) => `${render(name, part)} > ${name}/${part}.yaml &`), 'wait'].join('\n');
  return `set -e\n${side('before')}\n${side('after')}\n`;
}

/** The whole output of one side as one text. */
export function outputOf(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n---\n');
}
