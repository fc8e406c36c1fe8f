import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { takeInventory, verifyRemoval, type Item } from '../../../infra/cluster';
import { mountsBelow } from '../../../infra/cluster/inventory';
import { writeReceipt } from '../../../infra/cluster/receipt';
import { withHostsBlock } from '../../../infra/host/hosts-file';

const container: Item = { kind: 'container', name: 'slipway-worker', id: 'abc' };
const image: Item = { kind: 'image', name: 'kindest/node:v1.36.1' };

test('what is gone is removed, what remains is left or kept with a reason, what appeared is left', () => {
  const network: Item = { kind: 'network', name: 'slipway' };
  const keep = (item: Item) => (item.kind === 'image' ? 'used by container lab' : undefined);
  expect(writeReceipt([container, image], [image, network], keep)).toEqual({
    clean: false,
    entries: [
      { kind: 'container', name: 'slipway-worker', state: 'removed' },
      { kind: 'image', name: 'kindest/node:v1.36.1', state: 'kept', keptBecause: 'used by container lab' },
      { kind: 'network', name: 'slipway', state: 'left' },
    ],
  });
  expect(writeReceipt([container, image], [image], keep).clean).toBe(true);
});

test('a container that was made anew under the same name is not the one that is gone', () => {
  expect(writeReceipt([container], [{ ...container, id: 'def' }], () => undefined).entries).toEqual([
    { kind: 'container', name: 'slipway-worker', state: 'removed' },
    { kind: 'container', name: 'slipway-worker', state: 'left' },
  ]);
});

test('mounts below a folder are found, with spaces in their names', () => {
  const mounts = 'a /state/x ext4 rw 0 0\nb /state/with\\040space tmpfs rw 0 0\nc /states ext4 rw 0 0\n';
  expect(mountsBelow(mounts, '/state')).toEqual(['/state/x', '/state/with space']);
});

test('files, hosts entry and processes of a platform are found, and verified to be gone', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'receipt-'));
  const platform = { name: 'receipttest', stateFolder: path.join(folder, 'state') };
  const hostsFile = path.join(folder, 'hosts');
  const context = { engine: undefined, platform, hostsFile };
  mkdirSync(platform.stateFolder);
  writeFileSync(path.join(platform.stateFolder, 'kubeconfig'), '');
  writeFileSync(hostsFile, withHostsBlock('', { platform: platform.name, hosts: ['a.local'] }));
  const child = spawn('sleep', ['60'], { cwd: platform.stateFolder });
  try {
    await once(child, 'spawn');
    const before = await takeInventory(context);
    expect(before).toEqual([
      { kind: 'process', name: `sleep (pid ${child.pid})`, id: String(child.pid) },
      { kind: 'hosts entry', name: `${hostsFile}: a.local` },
      { kind: 'file', name: platform.stateFolder },
      { kind: 'file', name: path.join(platform.stateFolder, 'kubeconfig') },
    ]);
    expect((await verifyRemoval(before, context)).entries.every(({ state }) => state === 'left')).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(platform.stateFolder, { recursive: true });
    writeFileSync(hostsFile, '');
    const receipt = await verifyRemoval(before, context);
    expect(receipt.entries.map(({ state }) => state)).toEqual(['removed', 'removed', 'removed', 'removed']);
    expect(receipt.clean).toBe(true);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
