import { messageOf, type Resources } from '../../infra/kubernetes/resources';
import { createFinding, type FindingProps } from '../../review/finding';
import type { Finding } from '../../review/model';
import type { Applied } from './apply';
import { differences } from './differences';

/** Whose kinds the API server brings itself. */
const builtIn = (apiVersion: string): boolean => !apiVersion.includes('.') || apiVersion.includes('.k8s.io/');

type Told = Pick<FindingProps, 'rule' | 'category' | 'severity' | 'message' | 'reason'> & { readonly repair?: string };

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** What the API server's answer means, told once per thing that is wrong. */
export async function findingsOf(
  { object, answer }: Applied,
  resources: Resources,
  kubernetes: string,
): Promise<readonly Finding[]> {
  const told: Told[] = [];
  if (answer === undefined) told.push(await notServed(object.identity, resources, kubernetes));
  else {
    if (answer.status > 201) told.push(refusal(plain(messageOf(answer.body))));
    told.push(...answer.warnings.flatMap((text) => warning(plain(text)) ?? []));
    if (answer.status <= 201) {
      const paths = differences(object.manifest, answer.body, builtIn(object.identity.apiVersion));
      if (paths.length > 0) told.push(drift(paths));
    }
  }
  return told.map((one) =>
    createFinding({ ...one, object: object.identity, places: [object.place], discriminator: one.message }),
  );
}

async function notServed(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  resources: Resources,
  kubernetes: string,
): Promise<Told> {
  const versions = await resources.versionsOf(kind);
  return {
    rule: 'kind-not-served',
    category: 'effect',
    severity: 'error',
    message: `Kubernetes ${kubernetes} does not serve ${kind} of ${apiVersion}`,
    reason: 'Argo CD cannot apply an object whose kind the API server does not know',
    repair:
      versions.length > 0
        ? `write apiVersion: ${versions.join(' or ')}`
        : 'commit the CustomResourceDefinition of the kind, or correct its name',
  };
}

const policyRefusal = /ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)$/;
const policyWarning = /Validation failed for ValidatingAdmissionPolicy '([^']+)' with binding '[^']+': (.*)$/;
const unknownField = /unknown field|field not declared in schema|strict decoding error|duplicate field/i;

/** Rules of refusals by what the API server says, the first that fits. */
function refusal(message: string): Told {
  const policy = policyRefusal.exec(message);
  if (policy !== null) return policyFinding(policy[1]!, policy[2]!, 'error');
  const refused = { category: 'effect', severity: 'error', message } as const;
  if (/field is immutable|may not (be )?change|updates to .* are forbidden|cannot change/i.test(message)) {
    return {
      ...refused,
      rule: 'immutable-field',
      reason: 'the API server refuses this change to an object that exists',
      repair: 'leave the field as it was, or give the object another name so that it is made anew',
    };
  }
  if (unknownField.test(message)) {
    return {
      ...refused,
      rule: 'schema-error',
      reason: 'the kind has no such field in this version, so its value would be lost',
      repair: 'correct the name or the place of the field',
    };
  }
  if (/is forbidden|denied/i.test(message)) {
    return {
      ...refused,
      rule: 'admission-refused',
      reason: 'an admission plugin of the API server refuses the object',
    };
  }
  return { ...refused, rule: 'invalid-object', reason: 'the API server refuses the object as it is' };
}

function policyFinding(name: string, message: string, severity: 'error' | 'warning'): Told {
  return {
    rule: name.split('.')[0]!,
    category: 'policy',
    severity,
    message,
    reason: `the admission policy ${name} demands it`,
  };
}

function warning(text: string): Told | undefined {
  const policy = policyWarning.exec(text);
  if (policy !== null) return policyFinding(policy[1]!, policy[2]!, 'warning');
  if (text.includes('would violate PodSecurity')) {
    return {
      rule: 'pod-security',
      category: 'policy',
      severity: 'error',
      message: text,
      reason: 'the object is let in, but none of its pods will be',
      repair: 'mend the security contexts that it names',
    };
  }
  if (/deprecated/.test(text)) {
    return {
      rule: 'deprecated-api',
      category: 'effect',
      severity: 'warning',
      message: text,
      reason: 'a later release of Kubernetes does not serve it',
      repair: 'move to what the message names before the cluster is upgraded',
    };
  }
  return {
    rule: 'api-warning',
    category: 'effect',
    severity: 'info',
    message: text,
    reason: 'the API server takes the object and warns',
  };
}

function drift(paths: readonly string[]): Told {
  const shown = paths.slice(0, 5).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');
  return {
    rule: 'shows-as-drift',
    category: 'effect',
    severity: 'warning',
    message: `the API server stores something else: ${shown}`,
    reason: 'Argo CD compares with what is stored, so the object never becomes Synced',
    repair: 'write the fields as the API server stores them, or leave them out',
  };
}
