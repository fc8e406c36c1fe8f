import { effectiveSeverity } from '../finding';
import type { ObjectChange, Review } from '../model';
import type { PageChange, PageData, PageFinding } from './html/page-data';
import { environmentsOf, servicesOf } from './summary';
import { valueText } from './value';

/** Gives each name once: the second `a` is `a~2`. */
function uniqueNames(): (name: string) => string {
  const seen = new Map<string, number>();
  return (name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}~${count}`;
  };
}

function idOf({ places, object }: ObjectChange): string {
  const environments = environmentsOf(places).join('+');
  const { kind, name, namespace } = object;
  // the namespace of an environment is named like it, and would only make the address longer
  return [environments, ...(namespace === undefined || namespace === environments ? [] : [namespace]), kind, name].join(
    '/',
  );
}

/** What the page of a review is made from: values as text, and which finding is about which change. */
export function pageData({ base, head, counts, policies, changes, findings }: Review): PageData {
  const unique = uniqueNames();
  const byFile = new Map<string, number[]>();
  changes.forEach(({ places }, position) => {
    for (const { file } of places) byFile.set(file, [...(byFile.get(file) ?? []), position]);
  });
  const about: number[][] = changes.map(() => []);
  const shownFindings = findings.map((finding, position): PageFinding => {
    const own = [...new Set(finding.places.flatMap(({ file }) => byFile.get(file) ?? []))];
    for (const change of own) about[change]!.push(position);
    return {
      ...finding,
      id: unique(`finding/${finding.fingerprint}`),
      weight: effectiveSeverity(finding),
      environments: environmentsOf(finding.places),
      changes: own,
    };
  });
  const shownChanges = changes.map((change, position): PageChange => {
    const fields = change.fields.map(({ path, before, after }) => {
      const [old, now] = [valueText(before), valueText(after)];
      return { path, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) };
    });
    return {
      ...change,
      id: unique(idOf(change)),
      fields,
      environments: environmentsOf(change.places),
      services: servicesOf(change.places),
      findings: about[position]!,
    };
  });
  const objects = [...changes, ...findings].flatMap(({ object }) => object ?? []);
  return {
    base,
    head,
    counts,
    policies,
    changes: shownChanges,
    findings: shownFindings,
    environments: environmentsOf([...changes, ...findings].flatMap(({ places }) => places)),
    kinds: [...new Set(objects.map(({ kind }) => kind))].toSorted(),
  };
}
