import { parse } from 'yaml';
import { withIngressPorts, type ClusterSpec } from '../../../infra/cluster';
import { kindConfig } from '../../../infra/cluster/kind/config';
import { fixedSettings, notReadyBecause, registryHosts, settingsDifference } from '../../../infra/cluster/kind/nodes';

const spec: ClusterSpec = {
  name: 'slipway',
  image: { reference: 'kindest/node:v1.36.1' },
  nodes: withIngressPorts(
    [
      { role: 'control-plane' },
      { role: 'worker', labels: { tier: 'backend' } },
      { role: 'worker', labels: { tier: 'backstage' }, mounts: [{ hostPath: '/data', nodePath: '/var/data' }] },
    ],
    { httpPort: 8080, httpsPort: 8443 },
  ),
  registry: { host: 'registry.offerfit.local', mirrorEverything: false },
};
const plain = { cgroupVersion: 2, lean: false, leanFolder: '/state/kind' } as const;

test('labels, mounts and the ports of the ingress, on loopback only', () => {
  const config = parse(kindConfig(spec, plain));
  expect(config).toMatchObject({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', name: 'slipway' });
  expect(config.networking.apiServerAddress).toBe('127.0.0.1');
  expect(config.nodes).toEqual([
    { role: 'control-plane', image: 'kindest/node:v1.36.1' },
    { role: 'worker', image: 'kindest/node:v1.36.1', labels: { tier: 'backend' } },
    {
      role: 'worker',
      image: 'kindest/node:v1.36.1',
      labels: { tier: 'backstage' },
      extraPortMappings: [
        { containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'TCP' },
        { containerPort: 443, hostPort: 8443, listenAddress: '127.0.0.1', protocol: 'TCP' },
      ],
      extraMounts: [{ hostPath: '/data', containerPath: '/var/data' }],
    },
  ]);
});

test('containerd of either generation is pointed at the host files', () => {
  const patches = parse(kindConfig(spec, plain)).containerdConfigPatches as string[];
  expect(patches.map((patch) => /version = (\d)/.exec(patch)?.[1])).toEqual(['2', '3']);
  for (const patch of patches) {
    expect(patch).toContain('config_path = "/etc/containerd/certs.d"');
    expect(patch).not.toContain('restrict_oom_score_adj');
  }
});

test('only control groups of version 1 are told to the kubelet', () => {
  expect(parse(kindConfig(spec, plain)).kubeadmConfigPatches).toBeUndefined();
  const [patch] = parse(kindConfig(spec, { ...plain, cgroupVersion: 1 })).kubeadmConfigPatches;
  expect(parse(patch)).toEqual({ kind: 'KubeletConfiguration', failCgroupV1: false });
});

test('only nodes without CAP_SYS_RESOURCE get what works around it', () => {
  const config = parse(kindConfig(spec, { ...plain, lean: true }));
  for (const patch of config.containerdConfigPatches) expect(patch).toContain('restrict_oom_score_adj = true');
  for (const node of config.nodes) {
    expect(node.extraMounts).toContainEqual({
      hostPath: '/state/kind/containerd.conf',
      containerPath: '/etc/systemd/system/containerd.service.d/90-lean.conf',
      readOnly: true,
    });
  }
});

test.each([0, 2])('%i control planes are refused', (count) => {
  const nodes = [...Array(count).fill({ role: 'control-plane' }), { role: 'worker' as const }];
  expect(() => kindConfig({ ...spec, nodes }, plain)).toThrow(`${count} control planes are asked for`);
});

test('the registry answers for its own name, or for every name', () => {
  expect([...registryHosts(spec).keys()]).toEqual(['registry.offerfit.local']);
  const all = registryHosts({ ...spec, registry: { ...spec.registry, mirrorEverything: true } });
  expect([...all.keys()]).toEqual(['registry.offerfit.local', '_default']);
  expect(all.get('_default')).toBe(
    'server = "http://slipway-registry:5000"\n\n[host."http://slipway-registry:5000"]\n  capabilities = ["pull", "resolve"]\n',
  );
});

test('what only a new cluster can take over is compared, the rest is not', () => {
  const marker = JSON.stringify(fixedSettings(spec));
  expect(settingsDifference(marker, spec)).toBeUndefined();
  expect(settingsDifference(marker, { ...spec, registry: { host: 'x', mirrorEverything: true } })).toBeUndefined();
  expect(settingsDifference(marker, { ...spec, image: { reference: 'kindest/node:v1.37.0' } })).toBe(
    'image was "kindest/node:v1.36.1" and is now "kindest/node:v1.37.0"',
  );
  expect(settingsDifference(marker, { ...spec, nodes: spec.nodes.slice(0, 2) })).toMatch(/^nodes\.2 was .* not set$/);
});

describe('readiness', () => {
  const node = (name: string, status: string, message: string) => ({
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status, message }] },
  });
  const list = (...items: object[]) => JSON.stringify({ items });

  test('all ready', () => {
    expect(notReadyBecause(list(node('a', 'True', ''), node('b', 'True', '')), ['a', 'b'])).toBeUndefined();
  });
  test('each node that is not ready is named with its own words', () => {
    expect(notReadyBecause(list(node('a', 'False', 'cni plugin not initialized')), ['a', 'b'])).toBe(
      'node a is not ready: cni plugin not initialized; node b has not joined',
    );
    expect(notReadyBecause(list({ metadata: { name: 'a' }, status: {} }), ['a'])).toBe(
      'node a is not ready: no report yet',
    );
  });
});
