import { parse } from 'yaml';
import type { Catalog, Discovery } from '../../apps/model';
import { renderCatalog } from '../../manifests/render';
import { catalogOf } from './catalog';

/* eslint-disable @typescript-eslint/no-explicit-any -- objects as they are read from YAML */

function render(discovery: Partial<Discovery>, change: (catalog: Catalog) => Catalog = (catalog) => catalog) {
  const catalog = catalogOf([{ name: 'shop' }]);
  const whole = { ...catalog.platform.discovery, ...discovery };
  const files = renderCatalog(change({ ...catalog, platform: { ...catalog.platform, discovery: whole } }));
  const read = (name: string): any => parse(files.get(`argocd/${name}.yaml`) ?? 'null');
  return { files, read };
}

test('nothing is discovered unless the team says so', () => {
  const { files } = render({});
  expect([...files.values()].join('')).not.toContain('scmProvider');
});

describe('add-ons', () => {
  test('are repositories of that ending which have manifests, listed with the token that the bootstrap keeps', () => {
    const { generators } = render({ addOns: true }).read('ApplicationSet.add-ons').spec;
    const [{ scmProvider }, { list }] = generators[0].matrix.generators;
    expect(scmProvider).toMatchObject({
      gitea: {
        owner: 'example',
        api: 'http://git.example.test',
        tokenRef: { secretName: 'forge-token', key: 'token' },
      },
      cloneProtocol: 'https',
      filters: [
        { repositoryMatch: '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?-addon$' },
        { repositoryMatch: '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?-addon$', pathsExist: ['manifests'] },
      ],
    });
    expect(list.elements).toEqual([{ cluster: 'in-cluster', suffix: '' }]);
  });

  test('go to every cluster, by the name that Argo CD has for it', () => {
    const { read } = render({ addOns: true }, (catalog) => ({
      ...catalog,
      platform: { ...catalog.platform, clusters: { lab: catalog.platform.cluster } },
    }));
    const set = read('ApplicationSet.add-ons').spec;
    expect(set.generators[0].matrix.generators[1].list.elements).toEqual([
      { cluster: 'in-cluster', suffix: '' },
      { cluster: 'lab', suffix: '-lab' },
    ]);
    expect(set.template.spec.destination).toEqual({
      name: '{{ .cluster }}',
      namespace: 'addon-{{ .repository | trimSuffix "-addon" }}',
    });
    expect(read('AppProject.add-ons').spec.destinations).toEqual([
      { server: 'https://kubernetes.default.svc', namespace: 'addon-*' },
      { name: 'lab', namespace: 'addon-*' },
    ]);
  });

  test('touch their namespace and the kinds that are named, whatever is found', () => {
    const kind = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
    const { read } = render({ addOns: true, addOnClusterKinds: [kind] });
    expect(read('AppProject.add-ons').spec).toMatchObject({
      sourceRepos: ['http://git.example.test/example/*-addon.git'],
      sourceNamespaces: [],
      clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'addon-*' }, kind],
    });
    const { template } = read('ApplicationSet.add-ons').spec;
    expect(template.spec.project).toBe('add-ons');
    // the forge answers with the port of one machine
    expect(template.spec.source.repoURL).toBe('http://git.example.test/example/{{ .repository }}.git');
    expect(template.spec.syncPolicy.managedNamespaceMetadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'v1.36',
    });
  });
});

describe('deployment repositories', () => {
  test('go to the environments that they have a folder for, below its policies and without its rights', () => {
    const { read } = render({ deployments: true });
    const { generators, template } = read('ApplicationSet.deployments-developer').spec;
    expect(generators[0].scmProvider.filters).toEqual([
      { repositoryMatch: '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?-deployment$' },
      { repositoryMatch: '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?-deployment$', pathsExist: ['developer'] },
    ]);
    expect(template.metadata.name).toBe('deployment-developer-{{ .repository | trimSuffix "-deployment" }}');
    expect(template.spec).toMatchObject({
      project: 'deployments-developer',
      source: { path: 'developer', targetRevision: 'refs/heads/{{ .branch }}' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'developer' },
    });
    const { spec } = read('AppProject.deployments-production');
    expect(spec.destinations).toEqual([{ server: 'https://kubernetes.default.svc', namespace: 'production' }]);
    expect(spec.clusterResourceWhitelist).toEqual([]);
    expect(spec.namespaceResourceBlacklist.map(({ kind }: any) => kind)).toEqual([
      'LimitRange',
      'ResourceQuota',
      'Role',
      'RoleBinding',
    ]);
  });
});

test('what was discovered is never deleted because it is not found any more', () => {
  const { files, read } = render({ addOns: true, deployments: true });
  const sets = [...files.keys()].filter((file) => /ApplicationSet\.(add-ons|deployments-)/.test(file));
  expect(sets).toHaveLength(3);
  for (const file of sets) {
    expect(read(file.slice('argocd/'.length, -'.yaml'.length)).spec.syncPolicy).toEqual({
      applicationsSync: 'create-update',
      preserveResourcesOnDeletion: true,
    });
  }
});

test('on GitHub the organization is asked, and repositories are read by HTTPS', () => {
  const { read } = render({ addOns: true }, (catalog) => ({
    ...catalog,
    platform: {
      ...catalog.platform,
      forge: { ...catalog.platform.forge, type: 'github', host: 'github.com' } as Catalog['platform']['forge'],
    },
  }));
  const { generators, template } = read('ApplicationSet.add-ons').spec;
  expect(generators[0].matrix.generators[0].scmProvider).toMatchObject({
    github: { organization: 'example', tokenRef: { secretName: 'forge-token', key: 'token' } },
  });
  expect(template.spec.source.repoURL).toBe('https://github.com/example/{{ .repository }}.git');
});
