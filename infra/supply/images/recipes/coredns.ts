import type { Recipe } from '../recipe';

/** CoreDNS for kubeadm's Deployment, which passes `-conf` to the image's entry point. */
export const coredns: Recipe = {
  image: 'coredns',
  version: { tool: 'coredns' },
  parts: [{ path: 'coredns', tool: 'coredns' }],
  config: { Entrypoint: ['/coredns'], ExposedPorts: { '53/tcp': {}, '53/udp': {} }, WorkingDir: '/' },
};
