import type { Finding, ObjectChange, Place, Review, Severity } from '../../../review/model';

/** A place in dist as the renderer lays it out. */
export function placeOf(environment: string, service: string, file: string, line?: number): Place {
  return { file: `dist/${environment}/${service}/${file}`, environment, service, ...(line !== undefined && { line }) };
}

export function changeOf(
  given: Partial<ObjectChange> & { readonly environments?: readonly string[] } = {},
): ObjectChange {
  const { environments = ['production'], ...rest } = given;
  const object = rest.object ?? {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'production',
    name: 'service-a',
  };
  return {
    type: 'changed',
    object,
    places: environments.map((environment) => placeOf(environment, 'service-a', `${object.kind}.${object.name}.yaml`)),
    fields: [{ path: 'spec.replicas', before: 2, after: 3 }],
    before: `kind: ${object.kind}\nspec:\n  replicas: 2\n`,
    after: `kind: ${object.kind}\nspec:\n  replicas: 3\n`,
    source: {
      catalog: 'apps/service-a/service.ts:7',
      construct: 'manifests/constructs/web-service.ts:41 WebService.deployment',
    },
    ...rest,
  };
}

export function findingOf(given: Partial<Finding> = {}): Finding {
  return {
    fingerprint: 'a1b2c3d4e5f60718',
    rule: 'pods-restart',
    category: 'effect',
    severity: 'info',
    message: '2 pods restart, one at a time',
    reason: 'spec.template changes under RollingUpdate with maxUnavailable 0',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'production', name: 'service-a' },
    places: [placeOf('production', 'service-a', 'Deployment.service-a.yaml', 7)],
    ...given,
  };
}

/** A review of what is given, with the counts that belong to it. */
export function reviewOf(given: Partial<Review> = {}): Review {
  const { changes = [], findings = [], policies = [], ...rest } = given;
  const typed = (type: ObjectChange['type']): number => changes.filter((change) => change.type === type).length;
  const severe = (severity: Severity): number =>
    findings.filter((one) => (one.exception === undefined ? one.severity : 'info') === severity).length;
  return {
    version: 1,
    base: { name: 'main', commit: '45ed676ea8ef0f1a2b3c4d5e6f708192a3b4c5d6' },
    head: { name: 'more-replicas', commit: '876b6990c1d2e3f405162738495a6b7c8d9eaf01' },
    counts: {
      added: typed('added'),
      removed: typed('removed'),
      changed: typed('changed'),
      renamed: typed('renamed'),
      findings: { error: severe('error'), warning: severe('warning'), info: severe('info') },
    },
    ...rest,
    changes,
    findings,
    policies,
  };
}

const deployment = (name: string, replicas: number, lines: number): string =>
  [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    `  replicas: ${replicas}`,
    ...Array.from({ length: lines }, (_, index) => `  # line ${index}`),
    '',
  ].join('\n');

/** Many services, each changed in two environments, with findings of every severity. */
export function largeReview(services: number): Review {
  const names = Array.from({ length: services }, (_, index) => `service-${String(index).padStart(4, '0')}`);
  const changes = ['developer', 'production'].flatMap((environment) =>
    names.map((name, index) =>
      changeOf({
        type: index % 50 === 7 ? 'added' : index % 50 === 9 ? 'removed' : 'changed',
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: environment, name },
        places: [placeOf(environment, name, `Deployment.${name}.yaml`)],
        fields: index % 50 === 7 || index % 50 === 9 ? [] : [{ path: 'spec.replicas', before: 2, after: 3 }],
        before: deployment(name, 2, 60),
        after: deployment(name, 3, 60),
      }),
    ),
  );
  const findings = (['error', 'warning', 'info'] as const).flatMap((severity, rank) =>
    names
      .filter((_, index) => index % (severity === 'error' ? 100 : severity === 'warning' ? 20 : 2) === 0)
      .map((name, index) =>
        findingOf({
          fingerprint: `${rank}${String(index).padStart(15, '0')}`,
          rule: { error: 'selector-matches-nothing', warning: 'data-at-risk', info: 'pods-restart' }[severity],
          severity,
          object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'production', name },
          places: [placeOf('production', name, `Deployment.${name}.yaml`, 7)],
        }),
      ),
  );
  return reviewOf({ changes, findings });
}

/** Text that tries to leave the place where it is shown. */
export const hostile = [
  '<img src=x onerror="window.broken=1">',
  '</script><script>window.broken=1</script>',
  '</details></summary><h1>broken</h1>',
  '@octocat and @org/team, see #12, GH-13, !14, https://evil.example/ and www.evil.example',
  '[click](javascript:alert(1)) ![x](http://evil.example/x.png)',
  '`code` ``` \n```\n# heading',
  '| a | b |\n|---|---|',
  '*bold* _it_ ~~gone~~ $math$ \\ <!-- slipway-review -->',
  'right\u202eto\u2066left\u0000null',
] as const;

/** A review in which every text that comes from files is hostile. */
export function hostileReview(): Review {
  const all = hostile.join(' ');
  const object = { apiVersion: 'v1', kind: all, namespace: all, name: all };
  const places = hostile.map((text) => ({ file: `dist/${text}.yaml`, environment: text, service: text }));
  const source = { catalog: `apps/${all}:1`, construct: `${all}:2 ${all}` };
  return reviewOf({
    base: { name: all },
    head: { name: all },
    changes: [
      {
        type: 'renamed',
        object,
        formerly: object,
        places,
        fields: hostile.map((text) => ({ path: text, before: text, after: { [text]: [text] } })),
        before: hostile.join('\n'),
        after: hostile.toReversed().join('\n'),
        source,
      },
    ],
    findings: (['error', 'warning', 'info'] as const).map((severity) => ({
      fingerprint: `${severity}${all}`,
      rule: all,
      category: 'input',
      severity,
      message: all,
      reason: all,
      repair: all,
      object,
      places,
      source,
      ...(severity === 'warning' && { exception: { reason: all, by: all, until: all } }),
    })),
    policies: [{ name: all, objects: 1, findings: 1 }],
  });
}
