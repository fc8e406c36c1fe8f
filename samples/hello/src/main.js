const { createHello } = require('./server');

const { APP_VERSION: version = 'unknown', PORT: port = '8080' } = process.env;
const server = createHello(version);
server.listen(Number(port), () => console.log(JSON.stringify({ message: 'listening', port, version })));

process.once('SIGTERM', () => {
  server.drain();
  // until the cluster routes nothing here any more
  setTimeout(() => server.close(() => process.exit(0)), 5_000);
});
