import { parse } from 'yaml';
import type { Release } from '../../apps/model';
import { renderCatalog, renderDeployments } from '../../manifests/render';
import { catalogOf, digest, sourceCommit, type ServiceSketch } from './catalog';
import { objectsOf, type Loose } from './objects';

function render(services: readonly ServiceSketch[], environments?: Parameters<typeof catalogOf>[1]) {
  const files = renderCatalog(catalogOf(services, environments));
  const object = (file: string): Loose => {
    const text = files.get(file);
    if (text === undefined) throw new Error(`${file} is not among ${[...files.keys()].join(', ')}`);
    return parse(text) as Loose;
  };
  return { files, object, container: (file: string): Loose => object(file).spec.template.spec.containers[0] };
}

const deployment = 'developer/shop/Deployment.shop.yaml';

describe('layout', () => {
  test('one object per file, where Argo CD looks for it', () => {
    const { files } = render([{ name: 'shop' }]);
    // those of the policies are in policies.test.ts
    expect([...files.keys()].filter((file) => !file.startsWith('argocd/ValidatingAdmission'))).toEqual([
      'argocd/AppProject.default.yaml',
      'argocd/AppProject.developer.yaml',
      'argocd/AppProject.platform.yaml',
      'argocd/AppProject.production.yaml',
      'argocd/Application.developer.yaml',
      'argocd/Application.production.yaml',
      'argocd/ApplicationSet.developer.yaml',
      'argocd/ApplicationSet.production.yaml',
      'developer/platform/Namespace.developer.yaml',
      'developer/platform/NetworkPolicy.namespace.allow-dns.yaml',
      'developer/platform/NetworkPolicy.namespace.default-deny.yaml',
      'developer/platform/NetworkPolicy.shop.yaml',
      'developer/shop/Deployment.shop.yaml',
      'developer/shop/Ingress.shop.yaml',
      'developer/shop/Service.shop.yaml',
      'developer/shop/ServiceAccount.shop.yaml',
      'developer/shop/release.params',
      'production/platform/Namespace.production.yaml',
      'production/platform/NetworkPolicy.namespace.allow-dns.yaml',
      'production/platform/NetworkPolicy.namespace.default-deny.yaml',
      'production/platform/NetworkPolicy.shop.yaml',
      'production/shop/Deployment.shop.yaml',
      'production/shop/Ingress.shop.yaml',
      'production/shop/PodDisruptionBudget.shop.yaml',
      'production/shop/Service.shop.yaml',
      'production/shop/ServiceAccount.shop.yaml',
      'production/shop/release.params',
    ]);
  });

  test('file, kind and name agree, and every file ends in one line break', () => {
    const { files } = render([{ name: 'shop' }]);
    for (const { file, object } of objectsOf(files)) {
      expect(file.split('/').at(-1)).toBe(`${object.kind}.${object.metadata.name}.yaml`);
    }
    expect([...files.values()].filter((text) => !/[^\n]\n$/.test(text))).toEqual([]);
  });

  test('the same catalog is the same bytes, in whatever order its services come', () => {
    const services = [{ name: 'a' }, { name: 'b', calls: ['a'] }, { name: 'c' }];
    expect([...render(services).files]).toEqual([...render(services.toReversed()).files]);
  });

  test('environments of equal settings differ in namespace, host and what says so, and in nothing else', () => {
    const { files } = render([
      { name: 'shop', replicas: 2, writablePaths: [{ path: '/tmp', sizeLimit: '8Mi' }] },
      { name: 'back', replicas: 2, calls: ['shop'] },
    ]);
    const of = (environment: string): Record<string, string> =>
      Object.fromEntries(
        [...files]
          .filter(([file]) => file.startsWith(`${environment}/`))
          .map(([file, text]) => [
            file.replaceAll(environment, 'ENV'),
            text
              .replaceAll(environment, 'ENV')
              .replace(/host: "?dev\./, 'host: ENV.')
              // the one object that is kept on purpose
              .replace('  annotations:\n    argocd.argoproj.io/sync-options: Delete=false,Prune=false\n', ''),
          ]),
      );
    expect(of('production')).toEqual(of('developer'));
    expect(Object.keys(of('developer'))).toHaveLength(17);
  });

  test('two objects in one file are a bug that is not written', () => {
    const twice = catalogOf([{ name: 'shop' }]);
    expect(() => renderCatalog({ ...twice, deployments: [...twice.deployments, ...twice.deployments] })).toThrow(
      /already a Construct with name|rendered twice/,
    );
  });
});

describe('a service', () => {
  test('runs its image by digest and knows its version and port', () => {
    const { object, container } = render([{ name: 'shop', port: 3000, env: { GREETING: 'yes' } }]);
    expect(container(deployment)).toMatchObject({
      image: `registry.example.test/shop:3f2c1ab@${digest}`,
      env: expect.arrayContaining([
        { name: 'APP_VERSION', value: '3f2c1ab' },
        { name: 'GREETING', value: 'yes' },
        { name: 'PORT', value: '3000' },
      ]) as unknown,
      ports: [{ name: 'http', containerPort: 3000, protocol: 'TCP' }],
    });
    expect(object(deployment).metadata.annotations).toEqual({
      'slipway.dev/source-commit': sourceCommit,
      'slipway.dev/version': '3f2c1ab',
    });
  });

  test('that was never released is rendered with its tag and says so', () => {
    const { object, container } = render([{ name: 'shop', release: { unreleased: true } }]);
    expect(container(deployment).image).toBe('registry.example.test/shop:unreleased');
    expect(container(deployment).env).toContainEqual({ name: 'APP_VERSION', value: 'unreleased' });
    expect(object(deployment).metadata.annotations).toEqual({ 'slipway.dev/version': 'unreleased' });
  });

  test('every object of it says which service it is of', () => {
    const { files } = render([{ name: 'shop' }]);
    const own = objectsOf(files).filter(({ file }) => file.startsWith('developer/shop/'));
    expect(own.map(({ object }) => object.metadata.labels['slipway.dev/service'])).toEqual(own.map(() => 'shop'));
  });

  test('stops by draining: wait, SIGTERM, and time left before the kill; new pods first', () => {
    const { object, container } = render([{ name: 'shop' }]);
    const { spec } = object(deployment);
    const wait = container(deployment).lifecycle.preStop.sleep.seconds as number;
    expect(wait).toBeGreaterThan(0);
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(wait + 20);
    expect(spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  });

  test('runs on its tier, without variables of other services', () => {
    const { spec } = render([{ name: 'shop', tier: 'backstage' }]).object(deployment).spec.template;
    expect(spec).toMatchObject({ nodeSelector: { tier: 'backstage' }, enableServiceLinks: false });
  });

  test('writes only where it says, up to a limit', () => {
    const { object, container } = render([
      {
        name: 'shop',
        writablePaths: [
          { path: '/tmp', sizeLimit: '1024Mi' },
          { path: '/var/cache/shop', sizeLimit: '8Mi' },
        ],
      },
    ]);
    expect(object(deployment).spec.template.spec.volumes).toEqual([
      { name: 'writable-1', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'writable-2', emptyDir: { sizeLimit: '8Mi' } },
    ]);
    expect(container(deployment).volumeMounts).toEqual([
      { name: 'writable-1', mountPath: '/tmp' },
      { name: 'writable-2', mountPath: '/var/cache/shop' },
    ]);
  });

  test('has the probes and resources of the catalog', () => {
    const { container } = render([
      {
        name: 'shop',
        probes: { readiness: '/ready', liveness: '/live', startup: '/started' },
        resources: { cpuRequest: '0.5', memoryRequest: '1024Mi', memoryLimit: '1536Mi', cpuLimit: '2000m' },
      },
    ]);
    expect(container(deployment)).toMatchObject({
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
      livenessProbe: { httpGet: { path: '/live', port: 'http' } },
      startupProbe: { httpGet: { path: '/started', port: 'http' } },
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '1536Mi' } },
    });
  });

  test('is found by others at port 80 and from outside at its host and path', () => {
    const { object, files } = render([
      { name: 'shop', ingress: { exposed: true, path: '/api', host: 'dev.shop.example.test' } },
      { name: 'hidden', ingress: { exposed: false, path: '/', host: 'dev.hidden.example.test' } },
    ]);
    expect(object('developer/shop/Service.shop.yaml').spec).toMatchObject({
      type: 'ClusterIP',
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    });
    expect(object('developer/shop/Ingress.shop.yaml').spec).toEqual({
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'dev.shop.example.test',
          http: {
            paths: [
              { path: '/api', pathType: 'Prefix', backend: { service: { name: 'shop', port: { name: 'http' } } } },
            ],
          },
        },
      ],
    });
    expect(files.has('developer/hidden/Ingress.hidden.yaml')).toBe(false);
    expect(files.has('developer/hidden/Service.hidden.yaml')).toBe(true);
  });

  test('has a budget and a spread from two replicas on', () => {
    const { files, object } = render([{ name: 'shop', replicas: 1 }]);
    expect(files.has('production/shop/PodDisruptionBudget.shop.yaml')).toBe(false);
    expect(object('production/shop/Deployment.shop.yaml').spec.template.spec).not.toHaveProperty(
      'topologySpreadConstraints',
    );
    expect(render([{ name: 'shop', replicas: 2 }]).object('developer/shop/PodDisruptionBudget.shop.yaml').spec).toEqual(
      {
        maxUnavailable: 1,
        selector: { matchLabels: { 'app.kubernetes.io/name': 'shop' } },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    );
  });

  test('a new release restarts pods, a new source commit of the same version does not', () => {
    const template = (source: string, version: string): Loose =>
      render([{ name: 'shop', release: { image: 'i', digest, version, source } }]).object(deployment).spec.template;
    expect(template('1'.repeat(40), '1.0')).toEqual(template('2'.repeat(40), '1.0'));
    expect(template('1'.repeat(40), '1.0')).not.toEqual(template('1'.repeat(40), '1.1'));
  });
});

describe('delivery', () => {
  const approval = 'auto' as const;
  const stages = [
    { name: 'developer', namespace: 'developer', hostPrefix: 'dev', approval },
    { name: 'staging', namespace: 'staging', hostPrefix: 'staging', promotesFrom: 'developer', approval },
    { name: 'production', namespace: 'prod-ns', hostPrefix: 'production', promotesFrom: 'staging', approval },
  ];
  const { object } = render([{ name: 'shop' }], stages);

  test.each(['developer', 'staging'])('%s follows Git in everything, also in what is removed', (name) => {
    const { spec } = object(`argocd/ApplicationSet.${name}.yaml`);
    expect(spec.syncPolicy).toEqual({ applicationsSync: 'sync' });
    expect(spec.template.spec.syncPolicy.automated).toEqual({ prune: true, selfHeal: true });
    expect(object(`argocd/Application.${name}.yaml`).spec.syncPolicy.automated).toEqual({
      prune: true,
      selfHeal: true,
    });
    expect(object(`${name}/platform/Namespace.${name}.yaml`).metadata).not.toHaveProperty('annotations');
  });

  test('production loses no Application, policy or namespace because a folder is gone', () => {
    const { spec } = object('argocd/ApplicationSet.production.yaml');
    expect(spec.syncPolicy).toEqual({ applicationsSync: 'create-update', preserveResourcesOnDeletion: true });
    const environment = object('argocd/Application.production.yaml');
    expect(environment.spec.syncPolicy.automated).toEqual({ selfHeal: true });
    expect(environment.metadata).not.toHaveProperty('finalizers');
    expect(object('production/platform/Namespace.prod-ns.yaml').metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false',
    });
  });

  test('a set takes what the services of its environment release', () => {
    const { spec } = object('argocd/ApplicationSet.production.yaml');
    expect(spec.generators).toEqual([
      {
        git: {
          repoURL: 'http://git.example.test/example/platform.git',
          revision: 'refs/heads/main',
          files: [{ path: 'dist/production/*/release.params' }],
          requeueAfterSeconds: 60,
        },
      },
    ]);
    expect(spec.template).toMatchObject({
      metadata: {
        name: 'production-{{ .path.basename }}',
        labels: { 'slipway.dev/environment': 'production', 'slipway.dev/service': '{{ .path.basename }}' },
        annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.' },
      },
      spec: {
        project: 'production',
        source: { path: '{{ .path.path }}', targetRevision: 'refs/heads/main' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'prod-ns' },
      },
    });
  });

  test('an Application is told what it deploys, and from which commit of the service', () => {
    const { files } = render([
      { name: 'shop' },
      {
        name: 'back',
        release: { image: 'registry.example.test/back:1', digest, version: '1' },
        ingress: { exposed: false, path: '/', host: 'dev.back.x' },
      },
    ]);
    const { annotations } = object('argocd/ApplicationSet.production.yaml').spec.template.metadata;
    const told = (file: string): Record<string, string> => {
      const parameters = parse(files.get(file)!) as Record<string, string>;
      const fill = (template: string): string =>
        template.replaceAll(/\{\{ \.(\w+) \}\}/g, (_all, name: string) => {
          if (parameters[name] === undefined) throw new Error(`${file} has no ${name}`);
          return parameters[name];
        });
      return Object.fromEntries(Object.entries(annotations as Record<string, string>).map(([k, v]) => [k, fill(v)]));
    };
    expect(told('developer/shop/release.params')).toMatchObject({
      'slipway.dev/source-repository': 'example/platform',
      'slipway.dev/source-commit': sourceCommit,
      'slipway.dev/version': '3f2c1ab',
      'slipway.dev/host': 'dev.shop.example.test',
    });
    expect(told('developer/back/release.params')).toMatchObject({
      'slipway.dev/source-commit': '',
      'slipway.dev/host': '',
    });
  });

  test('what was never released in an environment has no Application there', () => {
    const { files } = render([{ name: 'shop' }, { name: 'back', release: { unreleased: true } }]);
    expect([...files.keys()].filter((file) => file.endsWith('release.params'))).toEqual([
      'developer/shop/release.params',
      'production/shop/release.params',
    ]);
    expect(files.has('developer/back/Deployment.back.yaml')).toBe(true);
  });

  test('the commit that runs is a link of the Service, whose annotations nothing else takes over', () => {
    const { object: of } = render([{ name: 'shop' }, { name: 'back', release: { unreleased: true } }]);
    expect(of('developer/shop/Service.shop.yaml').metadata.annotations).toEqual({
      'link.argocd.argoproj.io/source': `source|http://git.example.test/example/platform/commit/${sourceCommit}`,
    });
    expect(of('developer/shop/Deployment.shop.yaml').metadata.annotations).not.toHaveProperty([
      'link.argocd.argoproj.io/source',
    ]);
    expect(of('developer/back/Service.back.yaml').metadata).not.toHaveProperty('annotations');
  });

  test('the reserved folder is the platform project’s alone', () => {
    expect(object('argocd/Application.production.yaml').spec).toMatchObject({
      project: 'platform',
      source: { path: 'dist/production/platform', targetRevision: 'refs/heads/main' },
      destination: { namespace: 'prod-ns' },
    });
    expect(object('argocd/AppProject.platform.yaml').spec).toMatchObject({
      clusterResourceWhitelist: ['developer', 'staging', 'prod-ns'].map((name) => ({
        group: '',
        kind: 'Namespace',
        name,
      })),
      namespaceResourceWhitelist: [{ group: 'networking.k8s.io', kind: 'NetworkPolicy' }],
    });
  });

  test('projects come first, services last, and a missing namespace is retried with the newest commit', () => {
    const wave = (file: string): number =>
      Number(object(file).metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
    expect(wave('argocd/AppProject.platform.yaml')).toBeLessThan(wave('argocd/Application.developer.yaml'));
    expect(wave('argocd/Application.developer.yaml')).toBeLessThan(wave('argocd/ApplicationSet.developer.yaml'));
    expect(object('argocd/ApplicationSet.developer.yaml').spec.template.spec.syncPolicy.retry).toEqual({
      limit: -1,
      refresh: true,
      backoff: { duration: '5s', factor: 2, maxDuration: '1m' },
    });
  });

  test('a project outlives its last Application, so that what they deployed can still be removed', () => {
    for (const name of ['developer', 'staging', 'production', 'platform']) {
      expect(object(`argocd/AppProject.${name}.yaml`).metadata.finalizers).toEqual([
        'resources-finalizer.argocd.argoproj.io',
      ]);
    }
  });

  test('nothing is written that Argo CD drops again when it writes its own objects', () => {
    const empties = (value: Loose, at: string): string[] =>
      value === false || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
        ? [at]
        : typeof value === 'object'
          ? Object.entries(value).flatMap(([key, member]) => empties(member, `${at}.${key}`))
          : [];
    for (const kind of ['Application', 'ApplicationSet']) {
      expect(empties(object(`argocd/${kind}.developer.yaml`), kind)).toEqual([]);
      expect(empties(object(`argocd/${kind}.production.yaml`), kind)).toEqual([]);
    }
  });
});

describe('a release', () => {
  const services = [{ name: 'shop', calls: ['cart'] }, { name: 'cart' }] as const satisfies readonly ServiceSketch[];
  const before = catalogOf(services);
  const image = 'registry.example.test/shop:7654321';
  const other = { image, digest: `sha256:${'9'.repeat(64)}`, version: '7654321', source: '7'.repeat(40) };
  const hold = { reason: 'the harbour is closed', by: 'ada', since: '2026-01-31T09:30:00Z' };
  const releases: Readonly<Record<string, Release>> = {
    'of another image': other,
    'on hold': { ...other, hold },
    'that is none yet': { unreleased: true },
  };

  test.each(Object.entries(releases))('%s reaches its own folder alone, which can be rendered alone', (_, release) => {
    const after = {
      ...before,
      deployments: before.deployments.map((one) =>
        one.name === 'shop' && one.environment === 'production' ? { ...one, release } : one,
      ),
    };
    const [old, all] = [renderCatalog(before), renderCatalog(after)];
    const differing = [...new Set([...old.keys(), ...all.keys()])].filter((file) => old.get(file) !== all.get(file));
    expect(differing.length).toBeGreaterThan(0);
    expect(differing.filter((file) => !file.startsWith('production/shop/'))).toEqual([]);
    const alone = renderDeployments(
      after,
      after.deployments.filter(({ name, environment }) => name === 'shop' && environment === 'production'),
    );
    expect([...alone]).toEqual([...all].filter(([file]) => file.startsWith('production/shop/')));
  });
});

describe('an environment on another cluster', () => {
  const catalog = catalogOf([{ name: 'shop' }]);
  const environments = catalog.environments.map((one) =>
    one.name === 'production' ? { ...one, cluster: 'outpost' } : one,
  );
  const [here, there] = [renderCatalog(catalog), renderCatalog({ ...catalog, environments })];

  test('changes destinations alone, and brings the policies there', () => {
    const added = [...there.keys()].filter((file) => !here.has(file));
    expect(added).toEqual(['argocd/AppProject.policies.yaml', 'argocd/Application.policies-outpost.yaml']);
    const changed = [...here.keys()].filter((file) => here.get(file) !== there.get(file));
    expect(changed).toEqual([
      'argocd/AppProject.platform.yaml',
      'argocd/AppProject.production.yaml',
      'argocd/Application.production.yaml',
      'argocd/ApplicationSet.production.yaml',
    ]);
    for (const file of changed) expect(there.get(file)).toContain('name: outpost');
  });

  test('takes of the folder the policies and their bindings, into a project that may do nothing else', () => {
    const { source, destination, project } = (parse(there.get('argocd/Application.policies-outpost.yaml')!) as Loose)
      .spec;
    expect({ destination, project }).toEqual({
      destination: { name: 'outpost', namespace: 'default' },
      project: 'policies',
    });
    expect(source).toMatchObject({ path: 'dist/argocd', directory: { include: 'ValidatingAdmissionPolicy*.yaml' } });
    const matching = [...there.keys()].filter((file) => /^argocd\/ValidatingAdmissionPolicy.*\.yaml$/.test(file));
    expect(new Set(matching.map((file) => (parse(there.get(file)!) as Loose).kind))).toEqual(
      new Set(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']),
    );
    expect((parse(there.get('argocd/AppProject.policies.yaml')!) as Loose).spec).toMatchObject({
      destinations: [{ name: 'outpost', namespace: 'default' }],
      clusterResourceWhitelist: [
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy' },
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding' },
      ],
      namespaceResourceBlacklist: [{ group: '*', kind: '*' }],
    });
  });
});
