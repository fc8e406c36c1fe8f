const path = require('node:path');
const { parentPort } = require('node:worker_threads');
const { compileAhead, usePack } = require('../../core/pack');

const root = path.resolve(__dirname, '../..');
const keep = usePack({ root, name: 'render', entries: ['review/source/worker.ts'] });
require('./worker.ts').answer(parentPort, { compileAhead, keep });
