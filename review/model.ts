/**
 * What a review says. Everything that shows one (Markdown, HTML, JSON, SARIF, the terminal) reads this and nothing else.
 */

/** `info`: what any change does. `warning`: look before merging. `error`: it will be refused, or it does harm. */
export type Severity = 'info' | 'warning' | 'error';

/** Most dangerous first. */
export const severities: readonly Severity[] = ['error', 'warning', 'info'];

export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default none: it belongs to the whole cluster */
  readonly namespace?: string;
  readonly name: string;
}

/** Where an object lies in dist. */
export interface Place {
  /** Relative to the project: `dist/production/service-a/Deployment.service-a.yaml`. */
  readonly file: string;
  /** From 1. @default the whole file */
  readonly line?: number;
  /** First folder below dist: an environment, or `argocd`. */
  readonly environment: string;
  /** Second folder below dist, where there is one: a service, or `platform`. */
  readonly service?: string;
}

/** The lines of TypeScript that made an object. */
export interface Source {
  /** The declaration that people edit: `apps/service-a/service.ts:7`. */
  readonly catalog: string;
  /** The construct that turned it into this object: `manifests/constructs/web-service.ts:41 WebService.deployment`. */
  readonly construct: string;
  /** Whose files these lines are in: what was removed is named by those of the base, which the head may lack. @default the head's */
  readonly side?: 'base';
}

/** One field of one object; a missing value means that the field was, or is, not there. */
export interface FieldChange {
  /** `spec.template.spec.containers[web].resources.requests.cpu`; items of keyed lists by their key. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One entry of the list of changes; the same change in several environments is one entry. */
export interface ObjectChange {
  readonly type: 'added' | 'removed' | 'changed' | 'renamed';
  readonly object: ObjectIdentity;
  /** What a renamed object was called before. */
  readonly formerly?: ObjectIdentity;
  /** Where it is, or was before it was removed; more than one where environments share the change. */
  readonly places: readonly Place[];
  /** Of `changed` and `renamed`, in the order of the object. */
  readonly fields: readonly FieldChange[];
  /** The whole object before and after in the one spelling of dist, for a view side by side. */
  readonly before?: string;
  readonly after?: string;
  readonly source?: Source;
}

/**
 * What a finding comes from: the change's consequence in the cluster, a rule that the API server enforces as well, a
 * file that could not be read, or dist not being what the catalog renders.
 */
export type Category = 'effect' | 'policy' | 'input' | 'rendering';

/** A typed exception in the catalog that covers a finding. */
export interface Exception {
  readonly reason: string;
  readonly by: string;
  /** The day it ends, `2027-01-31`. */
  readonly until: string;
}

export interface Finding {
  /** The same finding in the next review of the same pull request has the same one. */
  readonly fingerprint: string;
  /** `pods-restart`, `selector-matches-nothing`, ...: one word for one kind of finding, documented in docs/review.md. */
  readonly rule: string;
  readonly category: Category;
  readonly severity: Severity;
  /** What happens, in one line: "2 pods restart, one at a time". */
  readonly message: string;
  /** Why: the fields and objects it follows from. */
  readonly reason: string;
  /** @default nothing needs repair */
  readonly repair?: string;
  /** @default none: it is about a file */
  readonly object?: ObjectIdentity;
  readonly places: readonly Place[];
  readonly source?: Source;
  /** It is shown, and counts as `info`. @default none */
  readonly exception?: Exception;
}

export interface Side {
  /** As it was asked for: a branch, a commit, `working tree`. */
  readonly name: string;
  /** 40 hexadecimal digits. @default none: the working tree */
  readonly commit?: string;
}

export interface Review {
  /** Of this shape; raised with a change that readers must know of. */
  readonly version: 1;
  readonly base: Side;
  readonly head: Side;
  readonly counts: {
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
    readonly renamed: number;
    readonly findings: Readonly<Record<Severity, number>>;
  };
  /** By environment in promotion order, then service, kind and name. */
  readonly changes: readonly ObjectChange[];
  /** Most dangerous first. */
  readonly findings: readonly Finding[];
  /** Policies that were evaluated, and with which result, so that a green review says what it checked. */
  readonly policies: readonly { readonly name: string; readonly objects: number; readonly findings: number }[];
}
