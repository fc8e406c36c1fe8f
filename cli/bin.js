#!/usr/bin/env node
const path = require('node:path');

/** By command, files that it mostly needs: of those run so often, or so many at once, that loading is most of their time. */
const packs = {
  review: /^(?:cli\/[^/]+|cli\/commands\/review\.ts|(?:core|review|manifests|apps)\/.*)$/,
  bump: /^(?:cli\/[^/]+|cli\/commands\/bump\.ts|(?:cli\/platform|core|delivery|forge|manifests|apps|infra)\/.*)$/,
};
const name = process.argv[2];

if (Object.hasOwn(packs, name)) {
  const keep = require('../core/pack').usePack({
    root: path.dirname(__dirname),
    name,
    entries: ['cli/main.ts'],
    takes: (file) => packs[name].test(file),
  });
  process.once('exit', keep);
} else {
  require('tsx/cjs');
}
require('./main.ts');
