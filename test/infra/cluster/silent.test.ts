import { CommandFailed } from '../../../core/exec';
import { isSilent } from '../../../infra/cluster/silent';

const failed = (reason: string, stderr = ''): CommandFailed =>
  new CommandFailed('kubectl', ['--request-timeout=15s', 'get', 'nodes'], reason, { stdout: '', stderr, exitCode: 1 });

test.each([
  ['took longer than 60 s', ''],
  [
    'exited with 1',
    'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?',
  ],
  ['exited with 1', 'Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout'],
  ['exited with 1', 'Unable to connect to the server: dial tcp: lookup cluster.test: no such host'],
  ['exited with 1', 'Get "https://127.0.0.1:6443/api": EOF'],
  ['exited with 1', 'error: timed out waiting for the condition'],
])('nobody answered: %s %s', (reason, stderr) => expect(isSilent(failed(reason, stderr))).toBe(true));

test.each([
  ['exited with 1', 'Error from server (Forbidden): nodes is forbidden: User "ada" cannot list resource "nodes"'],
  ['exited with 1', 'Error from server: admission webhook "check.test" denied the request: refused by rule 7'],
  ['exited with 1', 'Error from server (NotFound): deployments.apps "geofence" not found'],
  ['is not installed', ''],
])('somebody said no: %s %s', (reason, stderr) => expect(isSilent(failed(reason, stderr))).toBe(false));
