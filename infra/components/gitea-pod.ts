import type * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { giteaData } from './gitea-settings';
import { restrictedContainer, restrictedPod } from './restricted-pod';

export const giteaPort = 3000;

const configFolder = '/etc/gitea';

/**
 * Makes the database and its administrator, or sets the administrator's password again. Gitea takes a password by
 * argument only; nobody but this container sees its arguments.
 */
const prepare = [
  'set -eu',
  'gitea migrate',
  'if gitea admin user list --admin | awk \'{print $2}\' | grep -qx "$ADMIN_USERNAME"; then',
  '  gitea admin user change-password --username "$ADMIN_USERNAME" --password "$ADMIN_PASSWORD" --must-change-password=false',
  'else',
  '  gitea admin user create --admin --username "$ADMIN_USERNAME" --password "$ADMIN_PASSWORD" --email "$ADMIN_EMAIL" --must-change-password=false',
  'fi',
].join('\n');

export interface GiteaPodArgs {
  readonly image: string;
  /** Name of the claim that its data lies on. */
  readonly claim: string;
  /** Name of the Secret with `app.ini`. */
  readonly settings: string;
  /** Name of the Secret with `username`, `password` and `email` of the administrator. */
  readonly administrator: string;
}

/** A pod that prepares the database and then serves it. Its root is read-only; it writes to the claim and to /tmp. */
export function giteaPod(args: GiteaPodArgs): pulumi.Unwrap<k8s.types.input.core.v1.PodSpec> {
  const common = {
    image: args.image,
    resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '768Mi' } },
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'data', mountPath: giteaData },
      { name: 'settings', mountPath: configFolder, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
  const env = [
    { name: 'GITEA_WORK_DIR', value: giteaData },
    { name: 'GITEA_CUSTOM', value: `${giteaData}/custom` },
    { name: 'GITEA_APP_INI', value: `${configFolder}/app.ini` },
    { name: 'GITEA_TEMP', value: '/tmp' },
    { name: 'TMPDIR', value: '/tmp' },
    { name: 'HOME', value: `${giteaData}/git` },
  ];
  const ofAdministrator = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: args.administrator, key } },
  });
  const health = { httpGet: { path: '/api/healthz', port: 'http' } };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    nodeSelector: { tier: 'backstage' },
    securityContext: restrictedPod(1000, { ownsVolumes: true }),
    initContainers: [
      {
        ...common,
        name: 'prepare',
        command: ['/bin/sh', '-c', prepare],
        env: [
          ...env,
          ofAdministrator('ADMIN_USERNAME', 'username'),
          ofAdministrator('ADMIN_PASSWORD', 'password'),
          ofAdministrator('ADMIN_EMAIL', 'email'),
        ],
      },
    ],
    containers: [
      {
        ...common,
        name: 'gitea',
        command: ['gitea', 'web'],
        env,
        ports: [{ name: 'http', containerPort: giteaPort }],
        readinessProbe: { ...health, periodSeconds: 2 },
        livenessProbe: {
          ...health,
          initialDelaySeconds: 60,
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
      },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: args.claim } },
      { name: 'settings', secret: { secretName: args.settings, defaultMode: 0o440 } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
    ],
  };
}
