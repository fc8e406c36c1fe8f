import * as pulumi from '@pulumi/pulumi';
import { DiscoveryAccess } from '../../../infra/components/discovery-access';
import { ForgeCredentials } from '../../../infra/components/forge-credentials';
import { ForgeHooks } from '../../../infra/components/forge-hooks';
import type { ForgeAccount } from '../../../infra/components/forge-account';
import { NotificationSecret } from '../../../infra/components/notification-secret';
import { PlatformRepository } from '../../../infra/components/platform-repository';
import { RootApplication } from '../../../infra/components/root-application';
import { WebRoute } from '../../../infra/components/web-route';
import { ServiceImages } from '../../../infra/provider/resources';
import { record, the, types } from './recorder';

const url = 'http://git.x.local/offerfit/platform.git';

describe('the platform repository', () => {
  const program = () => {
    const services = new ServiceImages('services', { registryAddress: '127.0.0.1:5001' });
    const forge = { host: 'git.x.local', port: 80, username: 'slipway', password: 'hush' };
    new PlatformRepository('repository', {
      forge,
      clusterId: 'c1',
      organization: 'offerfit',
      repository: 'platform',
      branch: 'main',
      url,
      registryHost: 'registry.x.local',
      registryAddress: '127.0.0.1:5001',
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
      registryAddress: '127.0.0.1:5001',
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

  test('each program has an account of its own that may do what it needs and no more', async () => {
    const recorded = await record(program);
    const all = (type: string) =>
      recorded.filter((one) => one.type === `slipway:index:${type}`).map((one) => one.inputs);
    expect(all('ForgeToken').map(({ login, scopes }) => [login, scopes])).toEqual([
      ['argocd', ['read:issue', 'read:organization', 'read:repository']],
      ['statuses', ['write:repository']],
      ['delivery', ['read:user', 'write:issue', 'write:repository']],
    ]);
    expect(all('ForgeTeam').map(({ members, units }) => [members, units])).toEqual([
      [['argocd'], { 'repo.code': 'read', 'repo.pulls': 'read' }],
      [['statuses'], { 'repo.code': 'write' }],
    ]);
    expect(all('ForgeAccess')).toEqual([expect.objectContaining({ login: 'delivery', permission: 'write' })]);
    for (const user of recorded.filter(({ type }) => type === 'slipway:index:ForgeUser')) {
      expect(user.secretInputs).toContain('password');
    }
  });

  test('its branch is protected once it has been delivered to, and those who deliver alone may push', async () => {
    const recorded = await record(program);
    const protection = the(recorded, 'slipway:index:ForgeBranchProtection');
    expect(protection.inputs).toMatchObject({
      branch: 'main',
      pushers: ['delivery'],
      requiredStatuses: ['ci/*'],
    });
    expect(protection.dependsOn).toContain('slipway:index:FirstDelivery::repository');
  });

  test('pull requests can be labelled for a preview', async () => {
    const labels = (await record(program)).filter(({ type }) => type === 'slipway:index:ForgeLabel');
    expect(labels.map(({ inputs }) => inputs.label)).toContain('preview');
  });
});

test('programs are handed the token of their own account, in a Secret', async () => {
  const account = (login: string) => ({ login, token: pulumi.secret(`token of ${login}`) }) as unknown as ForgeAccount;
  const recorded = await record(() => {
    new ForgeCredentials('credentials', { reader: account('argocd'), delivery: account('delivery') });
    new NotificationSecret('notifications', { forgeToken: pulumi.secret('t'), slackToken: pulumi.secret('xoxb') });
  });
  const delivery = the(recorded, 'kubernetes:core/v1:Secret', 'credentials-delivery');
  expect(delivery.inputs).toMatchObject({
    metadata: { name: 'forge-delivery', namespace: 'gitea' },
    stringData: { username: 'delivery', password: 'token of delivery' },
  });
  const generators = the(recorded, 'kubernetes:core/v1:Secret', 'credentials-generators');
  expect(generators.inputs).toMatchObject({
    // strict mode: the only label by which a generator may name a secret
    metadata: { namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'scm-creds' } },
    stringData: { token: 'token of argocd' },
  });
  const patch = the(recorded, 'kubernetes:core/v1:SecretPatch');
  expect(patch.inputs).toMatchObject({
    metadata: { name: 'argocd-notifications-secret', namespace: 'argocd' },
    stringData: { 'forge-token': 't', 'slack-token': 'xoxb' },
  });
  for (const one of [delivery, generators, patch]) expect(one.secretInputs).toEqual(['stringData']);
});

test('what is discovered is read by an account that reads, whose token is in Secrets', async () => {
  const args = { prefix: 'https://github.com/offerfit/', username: 'x-access-token', token: pulumi.secret('read') };
  const recorded = await record(() => new DiscoveryAccess('discovery', { ...args, listing: true }));
  const access = the(recorded, 'kubernetes:core/v1:Secret', 'discovery');
  expect(access.inputs).toMatchObject({
    metadata: { namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'repo-creds' } },
    stringData: { type: 'git', url: args.prefix, username: args.username, password: 'read' },
  });
  const listing = the(recorded, 'kubernetes:core/v1:Secret', 'discovery-token');
  expect(listing.inputs.metadata.labels).toEqual({ 'argocd.argoproj.io/secret-type': 'scm-creds' });
  for (const one of [access, listing]) expect(one.secretInputs).toEqual(['stringData']);
});

test('Argo CD hears of pushes, and its generators of everything they list, signed', async () => {
  const forge = { host: 'git.x.local', port: 80, username: 'slipway', password: 'hush' };
  const urls = { pushesTo: 'http://argocd-server/api/webhook', changesTo: 'http://refresh-hook/' };
  const secret = pulumi.secret('shared');
  const recorded = await record(
    () => new ForgeHooks('hooks', { forge, clusterId: 'c1', organization: 'offerfit', secret, ...urls }),
  );
  const [pushes, changes] = recorded.filter(({ type }) => type === 'slipway:index:ForgeHook');
  expect(pushes!.inputs).toMatchObject({ url: urls.pushesTo, events: ['push'], secret: 'shared' });
  expect(changes!.inputs.events).toEqual(expect.arrayContaining(['push', 'pull_request', 'repository']));
  expect([pushes!.secretInputs, changes!.secretInputs]).toEqual([['secret'], ['secret']]);
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
