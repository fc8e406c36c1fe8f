const assert = require('node:assert/strict');
const { once } = require('node:events');
const { afterEach, test } = require('node:test');
const { createHello } = require('../src/server');

let server;
afterEach(() => server.close());

async function start() {
  server = createHello('1.2.3').listen(0, '127.0.0.1');
  await once(server, 'listening');
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, {
      headers: { connection: 'close' },
    });
    return [response.status, await response.json()];
  };
}

test('it greets, and says its version', async () => {
  const ask = await start();
  assert.deepEqual(await ask('/'), [200, { message: 'Hello!' }]);
  assert.deepEqual(await ask('/version'), [200, { version: '1.2.3' }]);
  assert.deepEqual(await ask('/other'), [404, { error: 'no route for /other' }]);
});

test('it is healthy until it drains', async () => {
  const ask = await start();
  assert.deepEqual(await ask('/health'), [200, { Status: 'Success' }]);
  server.drain();
  assert.deepEqual(await ask('/health'), [503, { Status: 'Draining' }]);
});
