const { createServer } = require('node:http');

/** What the platform asks of every service: /health while it may get requests, /version, and answers in JSON. */
function createHello(version) {
  let draining = false;
  const routes = {
    '/': () => [200, { message: 'Hello!' }],
    '/health': () => (draining ? [503, { Status: 'Draining' }] : [200, { Status: 'Success' }]),
    '/version': () => [200, { version }],
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://hello');
    const route = Object.hasOwn(routes, pathname)
      ? routes[pathname]
      : () => [404, { error: `no route for ${pathname}` }];
    const [status, body] = route();
    response.writeHead(status, { 'content-type': 'application/json', ...(draining && { connection: 'close' }) });
    response.end(JSON.stringify(body));
  });
  return Object.assign(server, { drain: () => void (draining = true) });
}

module.exports = { createHello };
