import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { PolicyException } from '../../apps/model';
import { argoController, policyAnnotations } from '../names';
import { resourcesByGroup, type PolicyKind } from '../policies/kinds';
import type { Policy } from '../policies/policy';

const apiVersion = 'admissionregistration.k8s.io/v1';

/** What a policy's objects are called, and what the project of Argo CD that may make them is limited to. */
export function policyObjectName(policy: string, environment?: string): string {
  return [policy, ...(environment === undefined ? [] : [environment]), 'slipway.dev'].join('.');
}

const onlyFromGit = {
  name: 'from-git',
  expression: `request.userInfo.username == "${argoController}"`,
};

/** Kubernetes' own controllers go on with what is there; what they make of it was looked at when it came. */
const notKubernetesItself = {
  name: 'not-kubernetes-itself',
  expression: '!request.userInfo.username.startsWith("system:serviceaccount:kube-system:")',
};

function resourceRules(kinds: readonly PolicyKind[], names?: readonly string[]): object[] {
  return resourcesByGroup(kinds).map(([group, resources]) => ({
    apiGroups: [group],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: [...resources],
    ...(names && { resourceNames: [...names] }),
    scope: '*',
  }));
}

export interface AdmissionPolicyProps {
  readonly policy: Policy;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One rule, for the API server. Every default is written out, so that what it stores is what was rendered. */
export class AdmissionPolicy extends ApiObject {
  constructor(scope: Construct, id: string, { policy, labels, annotations }: AdmissionPolicyProps) {
    super(scope, id, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: {
        name: policyObjectName(policy.name),
        labels: { ...labels },
        annotations: {
          ...annotations,
          [policyAnnotations.reason]: policy.reason,
          [policyAnnotations.repair]: policy.repair,
        },
      },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: resourceRules(policy.kinds),
        },
        matchConditions: [policy.onlyFromGit === true ? onlyFromGit : notKubernetesItself],
        ...(policy.variables && { variables: policy.variables.map((variable) => ({ ...variable })) }),
        validations: policy.validations.map(({ expression, message, messageExpression }) => ({
          expression,
          message: `${message}; ${policy.repair}`,
          ...(messageExpression !== undefined && {
            messageExpression: `${messageExpression} + ${JSON.stringify(`; ${policy.repair}`)}`,
          }),
          reason: 'Invalid',
        })),
      },
    });
  }
}

export interface AdmissionPolicyBindingProps extends AdmissionPolicyProps {
  readonly environment: { readonly name: string; readonly namespace: string };
  /** Of this policy in this environment. */
  readonly exceptions: readonly PolicyException[];
}

/** Lets a rule hold in the namespace of one environment, but for the services that are excepted. */
export class AdmissionPolicyBinding extends ApiObject {
  constructor(scope: Construct, id: string, props: AdmissionPolicyBindingProps) {
    const { policy, environment, exceptions, labels, annotations } = props;
    super(scope, id, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: {
        name: policyObjectName(policy.name, environment.name),
        labels: { ...labels },
        annotations: {
          ...annotations,
          ...Object.fromEntries(
            exceptions.map(({ service, reason, by, until }) => [
              `${policyAnnotations.exception}${service}`,
              JSON.stringify({ reason, by, until }),
            ]),
          ),
        },
      },
      spec: {
        policyName: policyObjectName(policy.name),
        validationActions: [policy.action === 'warn' ? 'Warn' : 'Deny'],
        matchResources: {
          matchPolicy: 'Equivalent',
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': environment.namespace } },
          objectSelector: {},
          ...(exceptions.length > 0 && {
            excludeResourceRules: resourceRules(
              policy.kinds,
              exceptions.map(({ service }) => service),
            ),
          }),
        },
      },
    });
  }
}
