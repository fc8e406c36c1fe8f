import { foldChanges } from './diff/fold';
import { findDifferences, type Difference } from './diff/differences';
import { findEffects } from './effects';
import type { EffectFacts } from './effects/rule';
import { byDanger, effectiveSeverity } from './finding';
import { foldFindings } from './fold-findings';
import { severities, type Finding, type Review, type Severity } from './model';
import type { EvaluatePolicies, PolicyResult } from './policy/model';
import { GitReader } from './tree/git';
import { loadTrees, type Trees } from './tree/load';
import { findSides } from './tree/sides';

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
 * What the change from base to head will do. Reads Git and the working tree, and writes nothing; needs neither network
 * nor cluster.
 *
 * @throws UserError where there is no such revision, or no repository
 */
export async function review({ root, base, head, evaluatePolicies, signal }: ReviewOptions): Promise<Review> {
  const git = new GitReader(root, signal);
  const sides = await findSides(git, base, head);
  const trees = await loadTrees(git, sides);
  const composed = compose(trees, { environments: [] }, evaluatePolicies);
  return { ...composed, findings: composed.findings, base: sides.base, head: sides.head };
}

/** What follows from two trees alone. */
export function compose(trees: Trees, facts: EffectFacts, evaluatePolicies?: EvaluatePolicies): Review {
  const { base, head } = trees;
  const differences = findDifferences(trees);
  const policy = policyResult(trees, differences, evaluatePolicies);
  const effects = findEffects({ ...facts, base, head, differences });
  const findings = foldFindings([...head.findings, ...base.findings, ...effects, ...policy.findings]).sort(byDanger);
  const changes = foldChanges(differences, { environments: facts.environments.map(({ name }) => name) });
  return {
    version: 1,
    base: base.side,
    head: head.side,
    counts: {
      added: countOf(differences, 'added'),
      removed: countOf(differences, 'removed'),
      changed: countOf(differences, 'changed'),
      renamed: countOf(differences, 'renamed'),
      findings: countFindings(findings),
    },
    changes,
    findings,
    policies: policy.policies,
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
