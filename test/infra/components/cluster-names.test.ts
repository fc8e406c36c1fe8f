import { ClusterNames, withNames } from '../../../infra/components/cluster-names';
import { record, the } from './recorder';

const corefile = ['.:53 {', '    errors', '    reload', '}', ''].join('\n');
const names = { 'git.x.local': { service: 'gitea', namespace: 'forge' } };

test('a name means a Service, and everything else of the Corefile stays', () => {
  expect(withNames(corefile, names).split('\n')).toEqual([
    '.:53 {',
    '    # names of the platform: begin',
    '    rewrite name exact git.x.local gitea.forge.svc.cluster.local',
    '    # names of the platform: end',
    '    errors',
    '    reload',
    '}',
    '',
  ]);
});

test('written twice it is the same, and other names take the place of the old', () => {
  const once = withNames(corefile, names);
  expect(withNames(once, names)).toBe(once);
  const other = withNames(once, { 'argocd.x.local': { service: 'argocd-server', namespace: 'argocd' } });
  expect(other).toContain('argocd.x.local');
  expect(other).not.toContain('git.x.local');
  expect(withNames(other, {})).toBe(withNames(corefile, {}));
});

test('a Corefile that is not understood is left alone', () => {
  expect(() => withNames('example.org:53 {\n}\n', names)).toThrow('no zone ".:53"');
});

test('CoreDNS is patched and started anew, so that the names are there at once', async () => {
  const recorded = await record(() => new ClusterNames('names', { names }));
  const patch = the(recorded, 'kubernetes:core/v1:ConfigMapPatch');
  expect(patch.inputs.metadata).toMatchObject({ name: 'coredns', namespace: 'kube-system' });
  expect(patch.inputs.data.Corefile).toContain('rewrite name exact git.x.local');
  const restart = the(recorded, 'kubernetes:apps/v1:DeploymentPatch');
  expect(restart.inputs.spec.template.metadata.annotations).toEqual({
    'slipway.dev/corefile': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(restart.dependsOn).toContain('kubernetes:core/v1:ConfigMapPatch::names');
});
