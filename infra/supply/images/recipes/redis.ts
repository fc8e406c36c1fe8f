import type { Recipe } from '../recipe';
import { PATH } from './common';

/** Argo CD's manifest runs it as user 999 with a read-only root and gives nothing but flags. */
export const redis: Recipe = {
  image: 'redis',
  root: 'runtime',
  version: { package: 'redis-server' },
  parts: [{ path: 'data', folder: true, mode: 0o755, uid: 999, gid: 999 }],
  users: [{ name: 'redis-user', id: 999, home: '/data' }],
  config: {
    Env: [PATH],
    Entrypoint: ['/usr/bin/tini', '--', '/usr/bin/redis-server'],
    WorkingDir: '/data',
    ExposedPorts: { '6379/tcp': {} },
    Volumes: { '/data': {} },
  },
};
