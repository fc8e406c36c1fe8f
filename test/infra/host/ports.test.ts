import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { parseListeners, requireFreePorts, takenPorts } from '../../../infra/host/ports';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1
   1: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 102 1
   2: 0A00020F:1389 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 103 1
   3: 0100007F:1F90 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 104 1
`;

test('listeners are told from connections, and other addresses from loopback', () => {
  expect(parseListeners(table)).toEqual([
    { port: 80, loopback: true, inode: '101' },
    { port: 443, loopback: true, inode: '102' },
    { port: 5001, loopback: false, inode: '103' },
  ]);
});

async function listen(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

test.each(['127.0.0.1', '0.0.0.0', '::'])('a port taken on %s is named with its process', async (host) => {
  const { server, port } = await listen(host);
  try {
    expect(await takenPorts([port])).toEqual([{ port, owner: expect.stringMatching(`^.+ \\(pid ${process.pid}\\)$`) }]);
  } finally {
    server.close();
  }
});

test('a free port is not reported', async () => {
  const { server, port } = await listen('127.0.0.1');
  server.close();
  await once(server, 'close');
  expect(await takenPorts([port])).toEqual([]);
});

test('a container is named rather than the proxy in front of it', async () => {
  const { server, port } = await listen('127.0.0.1');
  try {
    expect(await takenPorts([port], async () => ['lab-worker2'])).toEqual([{ port, owner: 'container lab-worker2' }]);
  } finally {
    server.close();
  }
});

test('without a process file system a port is tried', async () => {
  const { server, port } = await listen('127.0.0.1');
  try {
    expect(await takenPorts([port], undefined, '/no-such-folder')).toEqual([{ port, owner: 'another process' }]);
  } finally {
    server.close();
  }
  await once(server, 'close');
  expect(await takenPorts([port], undefined, '/no-such-folder')).toEqual([]);
});

test('all taken ports are refused at once, each with the setting that moves it', async () => {
  const owners: Record<number, string[]> = { 80: ['web'], 443: ['web'] };
  await expect(
    requireFreePorts({ 80: '--http-port', 443: '--https-port' }, async (port) => owners[port] ?? []),
  ).rejects.toMatchObject({
    message: 'ports are taken on 127.0.0.1',
    details: ['port 80 is held by container web', 'port 443 is held by container web'],
    repair: 'stop the owner, or choose another port: --http-port <port> --https-port <port>',
  });
});
