import type { AbsolutePath, IngressController, Tier } from './model';

/** Every default of the catalog that is a plain value; the computed ones are in resolve.ts. */
export const defaults = {
  platform: {
    ingress: 'ingress-nginx' as IngressController,
    forge: 'local',
    httpPort: 80,
    httpsPort: 443,
    registryPort: 5001,
    repository: 'platform',
    branch: 'main',
  },
  service: {
    port: 8080,
    replicas: 1,
    tier: 'backend' as Tier,
    probePath: '/health' as AbsolutePath,
    ingressPath: '/' as AbsolutePath,
    exposed: true,
  },
} as const;
