import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import { readMachine, type Machine } from '../../../infra/host/machine';
import { readMachineRecord, updateMachineRecord } from '../../../infra/host/machine-record';
import { installPackages, parseInstalled, parseRemovals } from '../../../infra/host/packages';

const debian: Machine = { ...readMachine(), root: true, packageManager: 'apt', system: 'Debian 12' };
const options = {
  machine: debian,
  progress: silentProgress,
  reason: 'a container engine is missing',
  allowInstall: true,
};
const missing = ['slipway-test-no-such-package', 'slipway-test-nor-this'];

test('only what dpkg calls installed counts', () => {
  const output = 'docker.io ii \niptables rc \ncurl ii \nhalf iF \n';
  expect([...parseInstalled(output)]).toEqual(['docker.io', 'curl']);
});

test('what a removal would take along is read from a simulation', () => {
  expect(parseRemovals('Reading...\nPurg docker.io [20.10] [a]\nRemv runc:amd64 [1.1]\nInst x\n')).toEqual([
    'docker.io',
    'runc',
  ]);
});

test('--no-install lists what is missing and the command that installs it', async () => {
  await expect(installPackages(missing, { ...options, allowInstall: false })).rejects.toMatchObject({
    message: 'a container engine is missing, and installing was not allowed (--no-install)',
    details: missing.map((name) => `missing package: ${name}`),
    repair: `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`,
  });
});

test('an ordinary user gets the command with sudo', async () => {
  await expect(installPackages(missing, { ...options, machine: { ...debian, root: false } })).rejects.toMatchObject({
    message: expect.stringContaining('only root can install packages'),
    repair: expect.stringMatching(/^sudo apt-get update && sudo apt-get install/),
  });
});

test('another family of systems is told what to install', async () => {
  const fedora = { ...debian, packageManager: undefined, system: 'Fedora Linux 42' };
  await expect(installPackages(missing, { ...options, machine: fedora })).rejects.toMatchObject({
    message: expect.stringContaining('not on Fedora Linux 42'),
    repair: `install what your system calls ${missing.join(', ')} and start again`,
  });
});

test('nothing is refused where nothing is missing', async () => {
  await expect(installPackages([], { ...options, allowInstall: false })).resolves.toEqual([]);
});

test('the record of the machine remembers what was brought, and vanishes when it is empty', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'machine-record-'));
  try {
    expect(await readMachineRecord(folder)).toEqual({ packages: [] });
    await updateMachineRecord((record) => ({ ...record, packages: ['runc'] }), folder);
    expect(await readMachineRecord(folder)).toEqual({ packages: ['runc'] });
    await updateMachineRecord((record) => ({ ...record, packages: [] }), folder);
    expect(await readMachineRecord(folder)).toEqual({ packages: [] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
