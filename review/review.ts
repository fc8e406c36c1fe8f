import { platformFolder } from '../apps/reserved';
import { findDifferences, identityOf, type Difference } from './diff/differences';
import { foldChanges } from './diff/fold';
import { parseQuantity } from './diff/quantity';
import { findEffects } from './effects';
import type { EffectFacts } from './effects/rule';
import { byDanger, effectiveSeverity } from './finding';
import { foldFindings } from './fold-findings';
import { severities, type Finding, type Review, type Severity, type Source } from './model';
import type { EvaluatePolicies, PolicyResult } from './policy/model';
import { Renderer, type Rendering } from './source/renderer';
import { renderingFindings } from './source/rendering';
import { Sources } from './source/source-of';
import type { Traced } from './source/trace-project';
import { GitReader } from './tree/git';
import { listTrees, type Listings } from './tree/listing';
import { readTrees, type Trees } from './tree/load';
import { keyOf } from './tree/object';
import { findSides } from './tree/sides';
import { unknownKinds } from './tree/unknown-kinds';

export interface ReviewOptions {
  /** The project's folder. */
  readonly root: string;
  /** A branch, tag or commit. @default the merge base of the head and the main branch */
  readonly base?: string;
  /** A branch, tag or commit. @default the working tree */
  readonly head?: string;
  /** @default no policy is evaluated */
  readonly evaluatePolicies?: EvaluatePolicies;
  readonly signal?: AbortSignal;
}

/**
 * What the change from base to head will do. Reads Git and the working tree, and writes nothing to them; needs neither
 * network nor cluster. The catalog of the head is rendered for the lines that made each object, so its code runs.
 *
 * @throws UserError where there is no such revision, or no repository
 */
export async function review({ root, base, head, evaluatePolicies, signal }: ReviewOptions): Promise<Review> {
  const git = new GitReader(root, signal);
  const renderers = [new Renderer(git)];
  try {
    const sides = await findSides(git, base, head);
    const [listings] = await Promise.all([listTrees(git, sides), renderers[0]!.open(sides.head.commit)]);
    // both threads have work from here on
    const rendering = renderers[0]!.render(servicesOf(listings.differing));
    const removed = removedFiles(listings);
    if (removed.length > 0) {
      renderers.push(new Renderer(git));
      await renderers[1]!.open(sides.base.commit);
    }
    const baseRendering = renderers[1]?.render(servicesOf(removed));
    const compared = compare(await readTrees(git, sides, listings), evaluatePolicies);
    return conclude(compared, {
      findings: sides.findings,
      rendering: await rendering,
      ...(baseRendering && { baseRendering: await baseRendering }),
    });
  } finally {
    await Promise.all(renderers.map((renderer) => renderer.end()));
  }
}

function removedFiles({ base, head }: Listings): string[] {
  return [...base.keys()].filter((file) => !head.has(file));
}

/** Services that files of dist are about, those among them that only a network policy speaks of. */
function servicesOf(files: Iterable<string>): string[] {
  const services = [...files].flatMap((file) => {
    const [, , service, name = ''] = file.split('/');
    return service === platformFolder ? (/^NetworkPolicy\.([a-z0-9-]+)\.yaml$/.exec(name)?.[1] ?? []) : (service ?? []);
  });
  return [...new Set(services)];
}

/** What follows from two trees alone. */
interface Comparison {
  readonly trees: Trees;
  readonly differences: readonly Difference[];
  readonly policy: PolicyResult;
}

function compare(trees: Trees, evaluatePolicies: EvaluatePolicies | undefined): Comparison {
  const differences = findDifferences(trees);
  return { trees, differences, policy: policyResult(trees, differences, evaluatePolicies) };
}

/** What a review knows besides its two trees. */
export interface Surroundings {
  /** What is wrong with the two sides themselves. @default nothing */
  readonly findings?: readonly Finding[];
  /** What the head's catalog renders. @default unknown: no change has a source, and dist is not compared with it */
  readonly rendering?: Rendering;
  /** What the base's catalog renders, for what the head does not have any more. @default unknown */
  readonly baseRendering?: Rendering;
  /** @default those of the catalog that was rendered */
  readonly facts?: EffectFacts;
}

/** What follows from two trees and their surroundings alone. */
export function compose(
  trees: Trees,
  { evaluatePolicies, ...surroundings }: Surroundings & { readonly evaluatePolicies?: EvaluatePolicies } = {},
): Review {
  return conclude(compare(trees, evaluatePolicies), surroundings);
}

function conclude(
  { trees, differences, policy }: Comparison,
  { findings = [], rendering, baseRendering, facts }: Surroundings,
): Review {
  const { base, head, files } = trees;
  const traced = tracedOf(rendering);
  const known = facts ?? (traced === undefined ? { environments: [] } : factsOfCatalog(traced));
  const all = foldFindings([
    ...findings,
    ...head.findings,
    ...base.findings,
    ...unknownKinds(differences, head),
    ...(rendering === undefined ? [] : renderingFindings(rendering.traced, head, files)),
    ...findEffects({ ...known, base, head, differences }),
    ...policy.findings,
  ]);
  const bySource = sourcesOf(differences, rendering, baseRendering);
  const told = all.map((finding) => withSource(finding, bySource)).sort(byDanger);
  return {
    version: 1,
    base: base.side,
    head: head.side,
    counts: {
      added: countOf(differences, 'added'),
      removed: countOf(differences, 'removed'),
      changed: countOf(differences, 'changed'),
      renamed: countOf(differences, 'renamed'),
      findings: countFindings(told),
    },
    changes: foldChanges(differences, {
      environments: known.environments.map(({ name }) => name),
      sourceOf: (difference) => bySource.get(keyOf(identityOf(difference))),
    }),
    findings: told,
    policies: policy.policies,
  };
}

function tracedOf(rendering: Rendering | undefined): Traced | undefined {
  return rendering === undefined || 'problems' in rendering.traced ? undefined : rendering.traced;
}

/** By object, the lines that made it: those of the head, or those of the base where only these are left. */
function sourcesOf(
  differences: readonly Difference[],
  rendering: Rendering | undefined,
  baseRendering: Rendering | undefined,
): ReadonlyMap<string, Source> {
  const [head, base] = [rendering, baseRendering].map((side) => {
    const traced = tracedOf(side);
    return traced && new Sources(side!.root, traced);
  });
  const sources = new Map<string, Source>();
  for (const difference of differences) {
    const before = (): Source | undefined => {
      const source = difference.after === undefined ? base?.of(difference) : undefined;
      return source && { ...source, side: 'base' };
    };
    const source = head?.of(difference) ?? before();
    if (source !== undefined) sources.set(keyOf(identityOf(difference)), source);
  }
  return sources;
}

function withSource(finding: Finding, sources: ReadonlyMap<string, Source>): Finding {
  if (finding.source !== undefined || finding.object === undefined) return finding;
  const source = sources.get(keyOf(finding.object));
  return source === undefined ? finding : { ...finding, source };
}

function factsOfCatalog({ environments, nodes }: Traced): EffectFacts {
  return {
    environments,
    nodes: nodes.map(({ role, labels, allocatable }) => ({
      labels,
      ...(role === 'control-plane' && { tainted: true }),
      ...(allocatable && {
        allocatable: { cpu: parseQuantity(allocatable.cpu)!, memory: parseQuantity(allocatable.memory)! },
      }),
    })),
  };
}

function policyResult(
  { base, head }: Trees,
  differences: readonly Difference[],
  evaluate: EvaluatePolicies = () => ({ findings: [], policies: [] }),
): PolicyResult {
  return evaluate({ objects: differences.flatMap(({ after }) => (after === undefined ? [] : [after])), base, head });
}

/** Objects, not entries: the same change in three environments counts three times. */
function countOf(differences: readonly Difference[], type: Difference['type']): number {
  return differences.filter((difference) => difference.type === type).length;
}

function countFindings(findings: readonly Finding[]): Record<Severity, number> {
  return Object.fromEntries(
    severities.map((severity) => [severity, findings.filter((one) => effectiveSeverity(one) === severity).length]),
  ) as Record<Severity, number>;
}
