import type { Part, Recipe } from '../recipe';
import { PATH } from './common';

/** One program that acts by the name it is called by. */
const CALLED = [
  ...['server', 'repo-server', 'cmp-server', 'application-controller', 'dex', 'notifications'],
  ...['applicationset-controller', 'k8s-auth', 'commit-server'],
];

const script = (path: string, from: string): Part => ({ path, module: 'argo-cd', from, mode: 0o755 });

/** Laid out like the published image, so that the unmodified manifest finds its programs, user and folders. */
export const argoCd: Recipe = {
  image: 'argo-cd',
  root: 'runtime',
  version: { tool: 'argocd' },
  parts: [
    { path: 'usr/local/bin/argocd', tool: 'argocd' },
    ...CALLED.map((name): Part => ({ path: `usr/local/bin/argocd-${name}`, link: '/usr/local/bin/argocd' })),
    script('usr/local/bin/gpg-wrapper.sh', 'hack/gpg-wrapper.sh'),
    script('usr/local/bin/git-verify-wrapper.sh', 'hack/git-verify-wrapper.sh'),
    script('usr/local/bin/entrypoint.sh', 'entrypoint.sh'),
    { path: 'usr/local/bin/uid_entrypoint.sh', link: '/usr/local/bin/entrypoint.sh' },
    { path: 'app/config/ssh/ssh_known_hosts', content: '' },
    { path: 'etc/ssh/ssh_known_hosts', link: '/app/config/ssh/ssh_known_hosts' },
    { path: 'app/config/tls', folder: true, mode: 0o755 },
    { path: 'app/config/gpg/source', folder: true, mode: 0o755 },
    { path: 'app/config/gpg/keys', folder: true, mode: 0o700, uid: 999 },
    { path: 'home/argocd', folder: true, mode: 0o775, uid: 999 },
  ],
  users: [{ name: 'argocd', id: 999, home: '/home/argocd', shell: '/bin/sh' }],
  config: {
    User: '999',
    // without the last one gRPC asks the name server for a setting at every connection
    Env: [PATH, 'USER=argocd', 'ARGOCD_USER_ID=999', 'GRPC_ENABLE_TXT_SERVICE_CONFIG=false'],
    Entrypoint: ['/usr/bin/tini', '--'],
    WorkingDir: '/home/argocd',
  },
};
