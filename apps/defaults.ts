import type {
  AbsolutePath,
  GithubAuthentication,
  IngressController,
  LabelProps,
  MergeMethod,
  ReleaseTagging,
  Tier,
} from './model';

/** Every default of the catalog that is a plain value; the computed ones are in resolve.ts. */
export const defaults = {
  platform: {
    ingress: 'ingress-nginx' as IngressController,
    forge: 'local',
    httpPort: 80,
    httpsPort: 443,
    registryPort: 5001,
    storageClass: 'standard',
    repository: 'platform',
    branch: 'main',
    releases: 'by-hand' as ReleaseTagging,
  },
  github: {
    authentication: { type: 'token' } as GithubAuthentication,
    visibility: 'private' as 'private' | 'internal' | 'public',
    topics: ['gitops', 'slipway'],
    labels: {
      preview: { color: '1d76db', description: 'Runs this pull request at an address of its own' },
      hold: { color: 'b60205', description: 'Not to be merged yet' },
    } as Readonly<Record<string, LabelProps>>,
    mergeMethods: ['squash'] as readonly MergeMethod[],
    requiredChecks: ['check'],
    approvals: 1,
    sshPort: 22 as 22 | 443,
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
