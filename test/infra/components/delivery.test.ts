import { PlatformRepository } from '../../../infra/components/platform-repository';
import { RootApplication } from '../../../infra/components/root-application';
import { WebRoute } from '../../../infra/components/web-route';
import { ServiceImages } from '../../../infra/provider/resources';
import { record, the, types } from './recorder';

const url = 'http://git.x.local/offerfit/platform.git';

describe('the platform repository', () => {
  const program = () => {
    const services = new ServiceImages('services', { registryPort: 5001 });
    const forge = { host: 'git.x.local', port: 80, username: 'slipway', password: 'hush' };
    new PlatformRepository('repository', {
      forge,
      clusterId: 'c1',
      organization: 'offerfit',
      repository: 'platform',
      branch: 'main',
      url,
      registryHost: 'registry.x.local',
      registryPort: 5001,
      services,
    });
  };

  test('comes with its organisation and is delivered to once, when images and repository are there', async () => {
    const recorded = await record(program);
    expect(the(recorded, 'slipway:index:ForgeRepository').inputs).toMatchObject({
      organization: 'offerfit',
      repository: 'platform',
      branch: 'main',
      cluster: 'c1',
    });
    expect(the(recorded, 'slipway:index:ForgeRepository').dependsOn).toContain(
      'slipway:index:ForgeOrganization::repository',
    );
    const delivery = the(recorded, 'slipway:index:FirstDelivery');
    expect(delivery.inputs).toMatchObject({
      url,
      branch: 'main',
      registryHost: 'registry.x.local',
      registryPort: 5001,
    });
    expect(delivery.dependsOn).toEqual(
      expect.arrayContaining(['slipway:index:ForgeRepository::repository', 'slipway:index:ServiceImages::services']),
    );
  });

  test('is kept when another name is chosen', async () => {
    const recorded = await record(program);
    for (const type of ['slipway:index:ForgeRepository', 'slipway:index:ForgeOrganization']) {
      expect(the(recorded, type).retainOnDelete).toBe(true);
    }
  });

  test('Argo CD may read it, with a password of its own', async () => {
    const recorded = await record(program);
    const user = the(recorded, 'slipway:index:ForgeUser');
    expect(user.inputs).toMatchObject({ login: 'argocd', password: 'drawn' });
    expect(user.secretInputs).toContain('password');
    expect(the(recorded, 'slipway:index:ForgeAccess').inputs).toMatchObject({ login: 'argocd', permission: 'read' });
  });
});

describe('the root Application', () => {
  const program = () =>
    new RootApplication('root', { url, branch: 'main', credential: { username: 'argocd', password: 'hush' } });

  test('follows dist/argocd of the branch, in a project that can make nothing but objects of Argo CD and our policies', async () => {
    const recorded = await record(program);
    const project = the(recorded, 'kubernetes:argoproj.io/v1alpha1:AppProject').inputs;
    expect(project.metadata).toEqual({ name: 'bootstrap', namespace: 'argocd' });
    expect(project.spec).toMatchObject({
      sourceRepos: [url],
      destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'argocd' }],
      clusterResourceWhitelist: ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) => ({
        group: 'admissionregistration.k8s.io',
        kind,
        name: '*.slipway.dev',
      })),
    });
    expect(new Set(project.spec.namespaceResourceWhitelist.map(({ group }: { group: string }) => group))).toEqual(
      new Set(['argoproj.io']),
    );
    const application = the(recorded, 'kubernetes:argoproj.io/v1alpha1:Application');
    expect(application.inputs.spec).toMatchObject({
      project: 'bootstrap',
      source: { repoURL: url, targetRevision: 'refs/heads/main', path: 'dist/argocd' },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    });
    // an empty folder is a mistake and must not remove everything
    expect(application.inputs.spec.syncPolicy.automated).not.toHaveProperty('allowEmpty');
    expect(application.inputs.metadata).not.toHaveProperty('finalizers');
    expect(application.dependsOn).toEqual(
      expect.arrayContaining([
        'kubernetes:argoproj.io/v1alpha1:AppProject::root-project',
        'kubernetes:core/v1:Secret::root-repository',
      ]),
    );
  });

  test('its credential is a repository of Argo CD', async () => {
    const secret = the(await record(program), 'kubernetes:core/v1:Secret').inputs;
    expect(secret.metadata.labels).toEqual({ 'argocd.argoproj.io/secret-type': 'repository' });
    expect(secret.stringData).toEqual({ type: 'git', url, username: 'argocd', password: 'hush' });
  });
});

test('a route serves a host in the class nginx and is not waited for', async () => {
  const recorded = await record(
    () => new WebRoute('git', { namespace: 'gitea', host: 'git.x.local', service: 'gitea', annotations: { a: 'b' } }),
  );
  const { metadata, spec } = the(recorded, 'kubernetes:networking.k8s.io/v1:Ingress').inputs;
  expect(metadata).toEqual({
    name: 'gitea',
    namespace: 'gitea',
    annotations: { 'pulumi.com/skipAwait': 'true', a: 'b' },
  });
  expect(spec).toEqual({
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'git.x.local',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'gitea', port: { number: 80 } } } }],
        },
      },
    ],
  });
  expect(types(recorded)).toHaveLength(2);
});
