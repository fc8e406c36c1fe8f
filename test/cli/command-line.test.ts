import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandsOf, createProgram } from '../../cli/main';
import { refuseFile } from '../../cli/commands/credentials';
import { ExitError, runCommand } from '../../cli/run';
import { UserError } from '../../core/errors';
import { slipway } from './cli';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

const program = () => createProgram(async () => undefined);

const verbs = ['up', 'down', 'status', 'doctor', 'synth', 'deliver', 'git', 'supply', 'credentials', 'env'];

test('help names every verb', async () => {
  const { exitCode, stdout } = await slipway(['--help']);
  expect(exitCode).toBe(0);
  for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
});

test('without a verb the help is shown', async () => {
  expect((await slipway([])).stdout).toContain('Usage: slipway');
});

test('every command says what it does and explains each of its flags', () => {
  for (const command of commandsOf(program())) {
    expect(`${command.name()}: ${command.description()}`).not.toMatch(/: $/);
    for (const option of command.options)
      expect(`${command.name()} ${option.flags}: ${option.description}`).not.toMatch(/: $/);
  }
});

test('help tells which flags have to be given', () => {
  const wait = program().commands.find((one) => one.name() === 'wait')!;
  expect(wait.helpInformation()).toMatch(/--env <environment> .*\(required\)/);
  expect(wait.helpInformation()).not.toMatch(/--commit <commit> .*\(required\)/);
});

test('what reports can do so as JSON', () => {
  const reporting = ['up', 'down', 'status', 'doctor', 'synth', 'deliver', 'credentials', 'env'];
  for (const name of reporting) {
    const command = program().commands.find((one) => one.name() === name)!;
    expect(`${name} ${command.options.map(({ long }) => long).join(' ')}`).toContain('--json');
  }
});

describe('usage errors exit with 2 and print nothing on standard output', () => {
  test.each([
    [['upp'], "unknown command 'upp'\n(Did you mean up?)"],
    [['up', '--htttp-port', '80'], "unknown option '--htttp-port'\n(Did you mean --http-port?)"],
    [['up', '--http-port', '0'], 'a port is from 1 to 65535'],
    [['up', '--name', '1platform'], 'a name is 1 to 30 small letters, digits and dashes, starting with a letter'],
    [['credentials'], "missing required argument 'service'"],
    [['credentials', 'root'], 'Allowed choices are argocd, git'],
    [['down', 'extra'], 'too many arguments'],
    [['git', 'clone'], "missing required argument 'folder'"],
  ])('%j', async (args, message) => {
    const { exitCode, stdout, stderr } = await slipway(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('what a command throws', () => {
  let said: string;
  beforeEach(() => {
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  test('by a user is told with details and repair, without a stack', async () => {
    const error = new UserError('no disk', { details: ['1 GiB free'], repair: 'free some' });
    expect(await runCommand(() => Promise.reject(error))).toBe(1);
    expect(said).toBe('error: no disk\n  1 GiB free\nrepair: free some\n');
  });

  test('by a bug keeps its stack', async () => {
    expect(await runCommand(() => Promise.reject(new TypeError('x is not a function')))).toBe(1);
    expect(said).toMatch(/TypeError: x is not a function\n\s+at /);
  });

  test('can carry its own exit code', async () => {
    expect(await runCommand(() => Promise.reject(new ExitError(2, new UserError('no cluster'))))).toBe(2);
    expect(said).toBe('error: no cluster\n');
  });

  test('after Ctrl-C is an interruption, told once', async () => {
    const code = runCommand(async ({ signal }) => {
      setImmediate(() => process.emit('SIGINT'));
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('echo'))));
    });
    expect(await code).toBe(130);
    expect(said).toContain('interrupting; press Ctrl-C again');
    expect(said).toContain('it continues where it was');
    expect(said).not.toContain('echo');
  });
});

test('a command says its exit code itself, else it is 0', async () => {
  expect(await runCommand(async () => 7)).toBe(7);
  expect(await runCommand(async () => undefined)).toBe(0);
});

test('a password is not written to a file', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'password-'));
  const file = openSync(path.join(folder, 'up.log'), 'w');
  try {
    expect(() => refuseFile(file, 'git')).toThrow('a password does not belong in one');
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  expect((await slipway(['--version'])).stdout.trim()).toBe(version);
});
