import type { PlatformProps } from './model';

/** Facts of the team's platform. What only one machine needs (another name, other ports) is set by `slipway up`. */
export const platform = {
  name: 'slipway',
  domain: 'offerfit.local',
  cluster: {
    driver: 'kind',
    kubernetesVersion: 'v1.36.1',
    nodes: [
      { role: 'control-plane' },
      { role: 'worker', labels: { tier: 'backend' } },
      { role: 'worker', labels: { tier: 'backstage' } },
    ],
  },
  ingress: 'ingress-nginx',
  forge: { type: 'local', organization: 'offerfit' },
} satisfies PlatformProps;
