import { createHash } from 'node:crypto';
import type { Finding, ObjectIdentity, Severity } from './model';
import { severities } from './model';
import { groupOf } from './tree/object';

export type FindingProps = Omit<Finding, 'fingerprint'> & {
  /** What tells it from other findings of the same rule about the same object: a container, a reference. @default none */
  readonly discriminator?: string;
};

/**
 * A finding with its fingerprint, which follows from the rule, from what it is about and from the discriminator, not
 * from the message, so that it stays the same while a pull request is worked on.
 */
export function createFinding({ discriminator = '', ...finding }: FindingProps): Finding {
  const about = finding.object === undefined ? finding.places.map(({ file }) => file) : identityOf(finding.object);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([finding.rule, about, discriminator]))
    .digest('hex')
    .slice(0, 16);
  return { ...finding, fingerprint };
}

function identityOf(object: ObjectIdentity): readonly string[] {
  return [groupOf(object), object.kind, object.namespace ?? '', object.name];
}

/** Severity that counts: what an exception covers is shown, and counts as `info`. */
export function effectiveSeverity({ severity, exception }: Finding): Severity {
  return exception === undefined ? severity : 'info';
}

/** Most dangerous first, then by rule and by place. */
export function byDanger(left: Finding, right: Finding): number {
  const danger = (one: Finding): number => severities.indexOf(effectiveSeverity(one));
  return (
    danger(left) - danger(right) ||
    compare(left.rule, right.rule) ||
    compare(left.places[0]?.file ?? '', right.places[0]?.file ?? '') ||
    compare(left.fingerprint, right.fingerprint)
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
