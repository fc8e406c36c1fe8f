import { parse } from 'yaml';
import { localRegistryHosting, registryEndpoint, registryName } from '../../../infra/cluster';
import { registryDifference } from '../../../infra/cluster/registry';
import type { ContainerFacts } from '../../../infra/engine';

const spec = { image: { reference: 'registry:3' }, hostPort: 5001 };
const container = (hostPort: string | undefined, image: string) =>
  ({
    Config: { Image: image, Labels: null },
    HostConfig: { PortBindings: hostPort && { '5000/tcp': [{ HostIp: '127.0.0.1', HostPort: hostPort }] } },
  }) as unknown as ContainerFacts;

test('names follow the platform', () => {
  expect(registryName('slipway')).toBe('slipway-registry');
  expect(registryEndpoint('slipway')).toBe('http://slipway-registry:5000');
});

test('port and image decide whether a registry of ours still fits', () => {
  expect(registryDifference(container('5001', 'registry:3'), spec)).toBeUndefined();
  expect(registryDifference(container('5002', 'registry:3'), spec)).toBe('it is published on port 5002, not 5001');
  expect(registryDifference(container(undefined, 'registry:3'), spec)).toBe('it is published on port none, not 5001');
  expect(registryDifference(container('5001', 'registry:2'), spec)).toBe('it runs registry:2, not registry:3');
});

test('tools are told where to push', () => {
  const map = localRegistryHosting(5001);
  expect(map.metadata).toEqual({ name: 'local-registry-hosting', namespace: 'kube-public' });
  expect(parse(map.data['localRegistryHosting.v1'])).toEqual({ host: 'localhost:5001' });
});
