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
import { projectAt } from './source/project-at';
import { renderingFindings } from './source/rendering';
import { Sources } from './source/source-of';
import type { Traced, Untraceable } from './source/trace-project';
import { Tracer } from './source/tracer';
import { GitReader } from './tree/git';
import { loadTrees, type Trees } from './tree/load';
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
  const tracer = new Tracer();
  try {
    const git = new GitReader(root, signal);
    const sides = await findSides(git, base, head);
    const trees = await loadTrees(git, sides);
    const project = await projectAt(git, sides.head.commit);
    try {
      const services = servicesOf(trees);
      const traced = await tracer.trace({ root: project.root, services });
      return compose(trees, {
        findings: sides.findings,
        rendering: { root: project.root, traced },
        ...(evaluatePolicies && { evaluatePolicies }),
      });
    } finally {
      await project.remove();
    }
  } finally {
    await tracer.end();
  }
}

/** Services whose files are not the same on both sides, those among them that only a network policy speaks of. */
function servicesOf({ differing }: Trees): string[] {
  const services = [...differing].flatMap((file) => {
    const [, , service, name = ''] = file.split('/');
    return service === platformFolder ? (/^NetworkPolicy\.([a-z0-9-]+)\.yaml$/.exec(name)?.[1] ?? []) : (service ?? []);
  });
  return [...new Set(services)];
}

/** What a review knows besides its two trees. */
export interface Surroundings {
  /** What is wrong with the two sides themselves. @default nothing */
  readonly findings?: readonly Finding[];
  /** What the head's catalog renders. @default unknown: no change has a source, and dist is not compared with it */
  readonly rendering?: { readonly root: string; readonly traced: Traced | Untraceable };
  /** @default those of the catalog that was rendered */
  readonly facts?: EffectFacts;
  /** @default no policy is evaluated */
  readonly evaluatePolicies?: EvaluatePolicies;
}

/** What follows from two trees and their surroundings alone. */
export function compose(
  trees: Trees,
  { findings = [], rendering, facts, evaluatePolicies }: Surroundings = {},
): Review {
  const { base, head, files } = trees;
  const traced = rendering === undefined || 'problems' in rendering.traced ? undefined : rendering.traced;
  const known = facts ?? (traced === undefined ? { environments: [] } : factsOfCatalog(traced));
  const differences = findDifferences(trees);
  const policy = policyResult(trees, differences, evaluatePolicies);
  const sources = traced && new Sources(rendering!.root, traced);
  const all = foldFindings([
    ...findings,
    ...head.findings,
    ...base.findings,
    ...unknownKinds(differences, head),
    ...(rendering === undefined ? [] : renderingFindings(rendering.traced, head, files)),
    ...findEffects({ ...known, base, head, differences }),
    ...policy.findings,
  ]);
  const bySource = new Map(
    sources === undefined
      ? []
      : differences.flatMap((difference) => {
          const source = sources.of(difference);
          return source === undefined ? [] : [[keyOf(identityOf(difference)), source] as const];
        }),
  );
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
