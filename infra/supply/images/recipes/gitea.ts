import type { Part, Recipe } from '../recipe';
import { PATH, temporaryFolder } from './common';

const program = (name: string): Part => ({
  path: `usr/local/bin/${name}`,
  module: 'gitea',
  from: `docker/rootless/usr/local/bin/${name}`,
  mode: 0o755,
});

/**
 * Laid out like the published rootless image. That one carries templates, translations and assets inside its program;
 * here they lie in /app/gitea/static, which the program was told when it was linked.
 */
export const gitea: Recipe = {
  image: 'gitea',
  root: 'runtime',
  version: { tool: 'gitea' },
  parts: [
    { path: 'app/gitea/gitea', tool: 'gitea' },
    { path: 'app/gitea/static/templates', module: 'gitea', from: 'templates' },
    { path: 'app/gitea/static/options', module: 'gitea', from: 'options' },
    { path: 'app/gitea/static/public', module: 'gitea', from: 'public' },
    { path: 'etc/templates/app.ini', module: 'gitea', from: 'docker/rootless/etc/templates/app.ini' },
    ...['docker-entrypoint.sh', 'docker-setup.sh', 'environment-to-ini', 'gitea'].map(program),
    { path: 'var/lib/gitea', folder: true, mode: 0o755, uid: 1000, gid: 1000 },
    { path: 'etc/gitea', folder: true, mode: 0o755, uid: 1000, gid: 1000 },
    temporaryFolder,
  ],
  users: [{ name: 'git', id: 1000, home: '/var/lib/gitea/git', shell: '/bin/bash' }],
  config: {
    User: '1000:1000',
    Env: [
      PATH,
      'GITEA_WORK_DIR=/var/lib/gitea',
      'GITEA_CUSTOM=/var/lib/gitea/custom',
      'GITEA_TEMP=/tmp/gitea',
      'TMPDIR=/tmp/gitea',
      'GITEA_APP_INI=/etc/gitea/app.ini',
      'HOME=/var/lib/gitea/git',
    ],
    Entrypoint: ['/usr/bin/dumb-init', '--', '/usr/local/bin/docker-entrypoint.sh'],
    Cmd: [],
    WorkingDir: '/var/lib/gitea',
    ExposedPorts: { '2222/tcp': {}, '3000/tcp': {} },
    Volumes: { '/var/lib/gitea': {}, '/etc/gitea': {} },
  },
};
