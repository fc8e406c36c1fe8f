import type { Finding, ObjectChange, Review, Severity } from '../../model';

/** A field as the page shows it: values are text already. */
export interface PageField {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

export interface PageChange extends Omit<ObjectChange, 'fields'> {
  /** Names it in the address of the page: `production/Deployment/service-a`. */
  readonly id: string;
  readonly fields: readonly PageField[];
  /** Environments, each once. */
  readonly environments: readonly string[];
  readonly services: readonly string[];
  /** Positions of the findings about it. */
  readonly findings: readonly number[];
}

export interface PageFinding extends Finding {
  readonly id: string;
  /** What it counts as: an exception makes any finding `info`. */
  readonly weight: Severity;
  readonly environments: readonly string[];
  /** Positions of the changes that it is about. */
  readonly changes: readonly number[];
}

/** What is embedded in the page. */
export interface PageData extends Pick<Review, 'base' | 'head' | 'counts' | 'policies'> {
  readonly changes: readonly PageChange[];
  readonly findings: readonly PageFinding[];
  /** Of changes and findings, in promotion order. */
  readonly environments: readonly string[];
  readonly kinds: readonly string[];
}
