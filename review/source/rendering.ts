import { platformFolder } from '../../apps/reserved';
import { deliveryFolder } from '../../manifests/layout';
import { fieldChanges } from '../diff/fields';
import { withoutSecretValues } from '../diff/secret-values';
import { createFinding } from '../finding';
import type { Finding } from '../model';
import type { DistTree } from '../tree/dist-tree';
import { readEmittedYaml } from '../tree/emitted-yaml';
import type { HeadFiles } from '../tree/load';
import { isMap, type DistObject } from '../tree/object';
import { placeOf } from '../tree/read-file';
import type { Traced, Untraceable } from './trace-project';

const repair =
  'run `npm run synth` and commit dist; what was edited in dist by hand belongs into apps/ or manifests/ first';
/** Files beyond this many are counted; they have one cause. */
const mostFiles = 20;

/** Files of the head that are not what its catalog renders: edited by hand, forgotten, or left over. */
export function renderingFindings(traced: Traced | Untraceable, head: DistTree, files: HeadFiles): Finding[] {
  if ('problems' in traced) return [unrendered(traced.problems)];
  const isDecided = decidedBy(traced);
  const findings: Finding[] = [];
  let byFile: ReadonlyMap<string, DistObject> | undefined;
  // nearly never asked for, of a tree that may be large
  const objectIn = (file: string): DistObject | undefined =>
    (byFile ??= new Map(head.objects.map((object) => [object.place.file, object]))).get(file);
  for (const [name, { text }] of traced.files) {
    const file = `dist/${name}`;
    if (!isDecided(name)) continue;
    if (!files.has(file))
      findings.push(
        finding(file, 'is missing: the catalog renders it', 'it is among the rendered files and not in dist'),
      );
    else if (files.get(file) !== text) findings.push(differing(file, text, objectIn(file)));
  }
  for (const file of files.keys()) {
    const name = file.slice('dist/'.length);
    if (isDecided(name) && !traced.files.has(name)) {
      findings.push(
        finding(file, 'is left over: the catalog does not render it', 'it is in dist and not among the rendered files'),
      );
    }
  }
  return findings.length > mostFiles ? [...findings.slice(0, mostFiles), more(findings.slice(mostFiles))] : findings;
}

/** Whether what was rendered of the catalog decides a file: of a part of it, only the folders of its services. */
function decidedBy({ complete, services }: Traced): (name: string) => boolean {
  if (complete) return () => true;
  const known = new Set(services.filter((service) => service !== platformFolder));
  return (name) => {
    const slash = name.indexOf('/');
    const service = name.slice(slash + 1, name.indexOf('/', slash + 1));
    return known.has(service) && !name.startsWith(`${deliveryFolder}/`);
  };
}

function differing(file: string, text: string, object: DistObject | undefined): Finding {
  const rendered = readEmittedYaml(text);
  const fields =
    object === undefined || !isMap(rendered)
      ? []
      : fieldChanges(...withoutSecretValues(object.identity.kind, rendered, object.manifest));
  const shown = fields
    .slice(0, 3)
    .map(({ path, before, after }) => `${path} is ${say(after)} and would be ${say(before)}`);
  const rest = fields.length > 3 ? ` and ${fields.length - 3} more fields` : '';
  const reason = shown.length > 0 ? shown.join('; ') + rest : 'the text is another one';
  return finding(file, 'is not what the catalog renders', reason, object);
}

function say(value: unknown): string {
  const text = value === undefined ? 'not there' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function finding(file: string, problem: string, reason: string, object?: DistObject): Finding {
  return createFinding({
    rule: 'not-rendered',
    category: 'rendering',
    severity: 'error',
    message: `${file} ${problem}`,
    reason: `${reason}; the next render undoes it`,
    repair,
    ...(object && { object: object.identity }),
    places: [placeOf(file)],
    discriminator: file,
  });
}

function more(rest: readonly Finding[]): Finding {
  return createFinding({
    rule: 'not-rendered',
    category: 'rendering',
    severity: 'error',
    message: `${rest.length} more files are not what the catalog renders`,
    reason: rest
      .slice(0, 5)
      .map(({ places }) => places[0]!.file)
      .join(', '),
    repair,
    places: rest.flatMap(({ places }) => places),
    discriminator: 'more',
  });
}

function unrendered(problems: readonly string[]): Finding {
  return createFinding({
    rule: 'catalog-not-rendered',
    category: 'rendering',
    severity: 'error',
    message: 'nobody knows whether dist is what the catalog renders: the catalog cannot be read',
    reason: problems.slice(0, 10).join('; '),
    repair: 'mend the catalog; `npm run synth -- --check` shows every violation',
    places: [],
  });
}
