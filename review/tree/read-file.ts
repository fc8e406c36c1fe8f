import { releaseFile } from '../../manifests/layout';
import type { Yaml } from '../../manifests/yaml';
import { createFinding } from '../finding';
import type { Finding, ObjectIdentity, Place } from '../model';
import { readEmittedYaml } from './emitted-yaml';
import { readDocuments, YamlProblem } from './general-yaml';
import { isMap, type DistObject, type YamlMap } from './object';

/** A file below dist: its content, or what keeps it from being read. */
export interface DistFile {
  /** Relative to the project. */
  readonly path: string;
  readonly content: string | { readonly problem: string };
}

export interface FileObjects {
  readonly objects: readonly DistObject[];
  readonly findings: readonly Finding[];
}

/** What etcd takes for one object is half of this; no manifest comes near it. */
export const largestFile = 3 * 2 ** 20;

/** The start of what our own emitter writes: what an object is, without reading the rest of it. */
const emittedHead = /^apiVersion: ([\w./-]+)\nkind: (\w+)\nmetadata:\n((?: {2,}\S.*\n)+)/;
const emittedName = /^ {2}name: ([a-z][\w.:-]*)$/m;
const emittedNamespace = /^ {2}namespace: ([a-z][\w-]*)$/m;
/** Only texts of one document whose lines are all the emitter's are left unread until somebody asks. */
const severalDocuments = /^(?:---|\.\.\.)/m;

export function placeOf(path: string, line?: number): Place {
  // dist/<environment>/<service>/<file>; step by step, since it is done for every file of a large tree
  const environment = path.indexOf('/') + 1;
  const service = environment > 0 ? path.indexOf('/', environment) + 1 : 0;
  const file = service > 0 ? path.indexOf('/', service) + 1 : 0;
  const within = service > 0 ? path.slice(environment, service - 1) : '';
  const place: Place =
    file > 0
      ? { file: path, environment: within, service: path.slice(service, file - 1) }
      : { file: path, environment: within };
  return line !== undefined && line > 1 ? { ...place, line } : place;
}

class EmittedObject implements DistObject {
  private read: YamlMap | undefined;

  constructor(
    readonly identity: ObjectIdentity,
    readonly place: Place,
    readonly text: string,
  ) {}

  get manifest(): YamlMap {
    return (this.read ??= readLater(this.text));
  }
}

/** The object of a text of one document; empty where it holds none. */
export function readLater(text: string): YamlMap {
  const emitted = readEmittedYaml(text);
  if (isMap(emitted)) return emitted;
  try {
    const [document] = readDocuments(text);
    return isMap(document?.value) ? document.value : {};
  } catch (error) {
    if (error instanceof YamlProblem) return {};
    throw error;
  }
}

/**
 * The objects of one file.
 *
 * @param thorough read every word of it; otherwise a file that starts as our own emitter writes it is taken to go on so
 */
export function readFile({ path, content }: DistFile, thorough: boolean): FileObjects {
  const place = placeOf(path);
  const refuse = (rule: string, message: string, reason: string, repair: string, line?: number): FileObjects => ({
    objects: [],
    findings: [
      createFinding({
        rule,
        category: 'input',
        severity: 'error',
        message,
        reason,
        repair,
        places: [line === undefined ? place : { ...place, line }],
      }),
    ],
  });
  const restore = 'restore it with `npm run synth`, or remove it';
  if (typeof content !== 'string') return refuse('unreadable-file', `${path} cannot be read`, content.problem, restore);
  if (path.endsWith(`/${releaseFile}`)) return { objects: [], findings: [] };
  if (!/\.(ya?ml|json)$/.test(path)) {
    return refuse('not-a-manifest', `${path} is not deployed`, 'Argo CD reads *.yaml, *.yml and *.json only', restore);
  }
  if (content.length > largestFile) {
    const size = `${(content.length / 2 ** 20).toFixed(1)} MiB`;
    return refuse(
      'file-too-large',
      `${path} is not read: ${size}`,
      `a manifest has up to ${largestFile / 2 ** 20} MiB here, and the API server takes less`,
      restore,
    );
  }
  if (content.includes('\u0000') || content.includes('\ufffd')) {
    return refuse('not-text', `${path} is not text`, 'it holds bytes that are no UTF-8, or zeros', restore);
  }
  const quick = thorough ? undefined : emittedObject(place, content);
  if (quick !== undefined) return { objects: [quick], findings: [] };
  try {
    return readDocumentsOf(path, content);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    return refuse('unreadable-yaml', `${path} is not YAML`, error.message, restore, error.line);
  }
}

function emittedObject(place: Place, content: string): DistObject | undefined {
  const identity = severalDocuments.test(content) ? undefined : emittedIdentity(content, true);
  return identity && new EmittedObject(identity, place, content);
}

/**
 * What a text is about that starts as our own emitter writes it; undefined where it has to be read.
 *
 * @param whole there is no more of it; otherwise its metadata has to end before the text does
 */
export function emittedIdentity(text: string, whole: boolean): ObjectIdentity | undefined {
  const head = emittedHead.exec(text);
  if (head === null || (!whole && head[0].length === text.lastIndexOf('\n') + 1)) return undefined;
  const [, apiVersion, kind, metadata] = head as unknown as [string, string, string, string];
  const name = emittedName.exec(metadata)?.[1];
  if (name === undefined || kind.endsWith('List')) return undefined;
  const namespace = emittedNamespace.exec(metadata)?.[1];
  // a namespace that is written in another way has to be read
  if (namespace === undefined && /^ {2}"?namespace/m.test(metadata)) return undefined;
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

function readDocumentsOf(path: string, content: string): FileObjects {
  const emitted = readEmittedYaml(content);
  const documents = emitted === undefined ? readDocuments(content) : [{ line: 1, value: emitted }];
  const objects: DistObject[] = [];
  const findings: Finding[] = [];
  const values = documents.flatMap(itemsOfLists);
  const alone = values.length === 1 && values[0]!.value === documents[0]!.value;
  for (const { line, value } of values) {
    const place = placeOf(path, line);
    const identity = identityOf(value);
    if (typeof identity === 'string') {
      findings.push(
        createFinding({
          rule: 'not-an-object',
          category: 'input',
          severity: 'error',
          message: `${path} holds what is no object of Kubernetes`,
          reason: identity,
          repair: 'restore it with `npm run synth`, or remove it',
          places: [place],
          discriminator: String(objects.length + findings.length),
        }),
      );
    } else {
      objects.push({ identity, place, text: alone ? content : JSON.stringify(value), manifest: value as YamlMap });
    }
  }
  return { objects, findings };
}

/** A `List` is what its items are. */
function itemsOfLists({ line, value }: { line: number; value: Yaml }): { line: number; value: Yaml }[] {
  if (!isMap(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return [{ line, value }];
  const items = value['items'];
  return Array.isArray(items) ? (items as readonly Yaml[]).map((item) => ({ line, value: item })) : [{ line, value }];
}

/** What the object is, or why it is none. */
function identityOf(value: Yaml): ObjectIdentity | string {
  if (!isMap(value)) return 'it is not a mapping';
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return 'it has no apiVersion';
  if (typeof kind !== 'string' || kind === '') return 'it has no kind';
  if (!isMap(metadata)) return 'it has no metadata';
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return 'it has no metadata.name';
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') return 'its namespace is no text';
  return { apiVersion, kind, ...(namespace && { namespace }), name };
}
