import type { Finding, Review } from '../model';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject } from '../tree/object';

/** What policies are evaluated over. */
export interface PolicyInput {
  /** Objects of the head that were added, changed or renamed. */
  readonly objects: readonly DistObject[];
  /** The whole tree, for a policy that is new or changed itself, and for what a policy reads besides its object. */
  readonly head: DistTree;
  readonly base: DistTree;
}

export interface PolicyResult {
  /** Of category `policy`, in any order. */
  readonly findings: readonly Finding[];
  readonly policies: Review['policies'];
}

export type EvaluatePolicies = (input: PolicyInput) => PolicyResult;
