import { renderCatalog } from '../../../manifests/render';
import { catalogOf } from '../../manifests/catalog';
import { copyOf, objectsOf, type Loose } from '../../manifests/objects';
import { otherMutations } from './other-mutations';
import { podMutations } from './pod-mutations';

/** One object, and the policies that it breaks. */
export interface Specimen {
  readonly title: string;
  readonly object: Loose;
  readonly breaks: readonly string[];
}

/** May write to its image in developer, and nowhere else. */
const exception = {
  policy: 'read-only-root',
  service: 'worker',
  environments: ['developer'],
  reason: 'writes beside its code',
  by: 'jane',
  until: '2026-04-30',
} as const;

const catalog = {
  ...catalogOf([
    { name: 'shop', calls: ['worker'] },
    { name: 'worker', writablePaths: [{ path: '/tmp', sizeLimit: '16Mi' }] },
    { name: 'fresh', release: { unreleased: true } },
  ]),
  exceptions: [exception],
};

/** Path below dist and text of everything that the corpus is taken from, policies included. */
export const files = renderCatalog(catalog);
const rendered = objectsOf(files).map(({ object }) => object);

function find(kind: string, namespace: string | undefined, name: string): Loose {
  const found = rendered.find(
    ({ kind: of, metadata }) => of === kind && metadata.namespace === namespace && metadata.name === name,
  );
  if (found === undefined) throw new Error(`there is no ${kind} ${name} in ${namespace}`);
  return copyOf(found);
}

const identity = (kind: string, apiVersion: string, { metadata }: Loose): Loose => ({ apiVersion, kind, metadata });

/** The same pods by other kinds. */
const kinds: Readonly<Record<string, (deployment: Loose) => Loose>> = {
  Deployment: (deployment) => deployment,
  StatefulSet: (deployment) => ({
    ...identity('StatefulSet', 'apps/v1', deployment),
    spec: {
      serviceName: 'shop',
      replicas: deployment.spec.replicas,
      selector: deployment.spec.selector,
      template: deployment.spec.template,
    },
  }),
  DaemonSet: (deployment) => ({
    ...identity('DaemonSet', 'apps/v1', deployment),
    spec: { selector: deployment.spec.selector, template: deployment.spec.template },
  }),
  CronJob: (deployment) => ({
    ...identity('CronJob', 'batch/v1', deployment),
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: { spec: { template: ending(deployment.spec.template) } },
    },
  }),
  Job: (deployment) => ({
    ...identity('Job', 'batch/v1', deployment),
    spec: { template: ending(deployment.spec.template) },
  }),
  Pod: (deployment) => ({ ...identity('Pod', 'v1', deployment), spec: deployment.spec.template.spec }),
};

function ending(template: Loose): Loose {
  return { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
}

/** What mutations of pods do to one kind. */
function podSpecimens(kind: string, namespace: string): Specimen[] {
  return Object.entries(podMutations).flatMap(([title, { breaks, change, ...only }]): Specimen[] => {
    // of pods Pod Security itself says first what is wrong with them
    if (kind === 'Pod' && only.podSecurity) return [];
    if (only.kinds !== undefined && !only.kinds.includes(kind)) return [];
    const deployment = find('Deployment', namespace, 'shop');
    change(deployment.spec.template.spec, deployment);
    return [{ title: `${kind} in ${namespace}: ${title}`, object: kinds[kind]!(deployment), breaks }];
  });
}

function otherSpecimens(): Specimen[] {
  return otherMutations.map(({ of: [kind, namespace, name], title, breaks, change }) => {
    const object = find(kind, namespace, name);
    const changed: Loose = change(object) ?? object;
    return {
      title: `${changed.kind} ${changed.metadata.name} in ${namespace ?? 'the cluster'}: ${title}`,
      object: changed,
      breaks,
    };
  });
}

/** Everything as it is rendered breaks nothing. */
function good(): Specimen[] {
  return rendered
    .filter(({ apiVersion }) => !/^(argoproj|admissionregistration)/.test(apiVersion))
    .map((object) => ({
      title: `${object.kind} ${object.metadata.name} in ${object.metadata.namespace ?? 'the cluster'} as rendered`,
      object,
      breaks: [],
    }));
}

/** Good and broken objects, each with what is wrong with it. */
export function specimens(): readonly Specimen[] {
  return [...good(), ...Object.keys(kinds).flatMap((kind) => podSpecimens(kind, 'developer')), ...otherSpecimens()];
}
