import { judgeContainers, foreignNodesBecause } from '../../../infra/cluster/kind/inspect';
import { foreignBecause, labelArguments, platformLabels } from '../../../infra/cluster/ownership';
import type { ContainerFacts, NetworkFacts } from '../../../infra/engine';

const platform = { name: 'slipway', stateFolder: '/home/me/project/.slipway' };
const ours: NetworkFacts = { Name: 'slipway', Labels: platformLabels(platform) };

function node(name: string, status = 'running', network = 'slipway'): ContainerFacts {
  return {
    Id: name,
    Name: `/${name}`,
    Image: 'sha256:1',
    State: { Running: status === 'running', Status: status, ExitCode: 0, Pid: 1 },
    Config: { Image: 'kindest/node', Labels: {} },
    Mounts: [],
    NetworkSettings: { Networks: { [network]: {} } },
    HostConfig: { PortBindings: null, RestartPolicy: { Name: 'on-failure' } },
  };
}

test('a platform is its name and its project', () => {
  expect(labelArguments(platform)).toEqual([
    ...['--label', 'slipway.dev/platform=slipway'],
    ...['--label', 'slipway.dev/project=/home/me/project/.slipway'],
  ]);
  expect(foreignBecause(platformLabels(platform), platform)).toBeUndefined();
  expect(foreignBecause(null, platform)).toBe('it was not made by Slipway');
  expect(foreignBecause(platformLabels({ ...platform, name: 'other' }), platform)).toBe('it was not made by Slipway');
  expect(foreignBecause(platformLabels({ ...platform, stateFolder: '/b' }), platform)).toContain('state folder /b');
});

test('nodes are ours by the network they are on', () => {
  expect(foreignNodesBecause([node('a')], ours, platform, false)).toBeUndefined();
  expect(foreignNodesBecause([node('a')], { ...ours, Labels: null }, platform, true)).toBe(
    'it was not made by Slipway',
  );
  expect(foreignNodesBecause([node('a'), node('b', 'running', 'kind')], ours, platform, true)).toBe(
    'its node b is on network kind, not on "slipway"',
  );
});

test('where the network was pruned away the project remembers', () => {
  expect(foreignNodesBecause([node('a')], undefined, platform, true)).toBeUndefined();
  expect(foreignNodesBecause([node('a')], undefined, platform, false)).toContain('no record of it');
});

test.each([
  ['complete', [node('a'), node('b')], undefined],
  ['one is missing', [node('a')], { state: 'broken', reason: '1 of 2 nodes exist' }],
  ['one never started', [node('a'), node('b', 'created')], { state: 'broken', reason: '1 of 2 nodes exist' }],
  ['one is down', [node('a'), node('b', 'exited')], { state: 'stopped', reason: 'not running: b (exited)' }],
  ['one is paused', [node('a', 'paused'), node('b')], { state: 'stopped', reason: 'not running: a (paused)' }],
])('%s', (_title, nodes, expected) => {
  const judged = judgeContainers(nodes, ours, 2);
  if (expected === undefined) expect(judged).toBeUndefined();
  else expect(judged).toMatchObject(expected);
});

test('nodes whose network was removed cannot be started again', () => {
  expect(judgeContainers([node('a', 'exited')], undefined, 1)).toMatchObject({
    state: 'broken',
    reason: 'its network was removed',
  });
});
