#!/usr/bin/env node
const path = require('node:path');

// the one command that is run so often, and is done so quickly, that loading it would be most of its time
if (process.argv[2] === 'review') {
  const keep = require('../core/pack').usePack({
    root: path.dirname(__dirname),
    name: 'review',
    entries: ['cli/main.ts'],
    takes: (file) => /^(?:cli\/[^/]+|cli\/commands\/review\.ts|(?:core|review|manifests|apps)\/.*)$/.test(file),
  });
  process.once('exit', keep);
} else {
  require('tsx/cjs');
}
require('./main.ts');
