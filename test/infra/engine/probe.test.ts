import { judgeInfo, judgePodmanInfo } from '../../../infra/engine/probe';

const info = (values: object) => ({ stdout: JSON.stringify(values), stderr: '' });
const running = { ServerVersion: '28.1.0', CgroupVersion: '2', DefaultRuntime: 'runc', ContainersRunning: 3 };

test('a running daemon is healthy', () => {
  expect(judgeInfo(info(running), true)).toEqual({
    state: 'healthy',
    facts: { command: 'docker', version: '28.1.0', cgroupVersion: 2, lean: false },
    runningContainers: 3,
  });
});

test('without CAP_SYS_RESOURCE the usual runtime cannot run nodes, another one may', () => {
  expect(judgeInfo(info(running), false).state).toBe('unprivileged');
  expect(judgeInfo(info({ ...running, DefaultRuntime: 'lean', CgroupVersion: '1' }), false)).toMatchObject({
    state: 'healthy',
    facts: { lean: true, cgroupVersion: 1 },
  });
});

test('a daemon that does not run is told from one that may not be spoken to', () => {
  const stopped = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
  expect(judgeInfo(info({ ServerErrors: [stopped] }), true)).toEqual({ state: 'stopped', reason: stopped });
  const forbidden = 'permission denied while trying to connect to the Docker daemon socket';
  expect(judgeInfo(info({ ServerErrors: [forbidden] }), true)).toEqual({ state: 'forbidden', reason: forbidden });
});

test('an old command that prints no JSON without a daemon is understood', () => {
  expect(judgeInfo({ stdout: '', stderr: 'Cannot connect to the Docker daemon\n' }, true)).toEqual({
    state: 'stopped',
    reason: 'Cannot connect to the Docker daemon',
  });
  expect(judgeInfo({ stdout: '', stderr: '' }, true)).toEqual({ state: 'stopped', reason: 'it does not answer' });
});

test('podman answers in its own words', () => {
  const answer = {
    version: { Version: '5.4.0' },
    host: { cgroupVersion: 'v2' },
    store: { containerStore: { running: 1 } },
  };
  expect(judgePodmanInfo(info(answer))).toMatchObject({
    state: 'healthy',
    facts: { command: 'podman', version: '5.4.0', cgroupVersion: 2 },
  });
  expect(judgePodmanInfo({ stdout: '', stderr: 'no socket' })).toEqual({ state: 'stopped', reason: 'no socket' });
});
