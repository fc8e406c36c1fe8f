import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { RandomPassword } from '../provider/resources';
import { forgeNamespace } from '../namespaces';
import { images } from '../versions';
import { giteaPod } from './gitea-pod';
import { giteaSettings } from './gitea-settings';
import { mirrorImages, type ImageMirror } from './images';
import { ingressNamespaceLabels } from './ingress-controller';
import { namespaceLabels } from './transforms';

export interface LocalForgeArgs {
  /** `git.<domain>` */
  readonly host: string;
  /** Port on 127.0.0.1 where the ingress listens; the forge's addresses carry it unless it is 80. */
  readonly httpPort: number;
  /** Port of the machine beside the nodes where its events are received. */
  readonly ciPort: number;
  /** @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
  /** @default '5Gi' */
  readonly storage?: string;
  /** @default 'standard' */
  readonly storageClass?: string;
}

export const forgeService = 'gitea';
/** The administrator's name in the forge. */
export const forgeAdministrator = 'slipway';
/** The Secret that holds the administrator's `username` and `password`. */
export const forgeAdministratorSecret = 'gitea-admin';

const labels = { 'app.kubernetes.io/name': 'gitea' };
const claim = 'gitea';
const settingsSecret = 'gitea-settings';

/** A Git forge in the cluster: Gitea with its data on a volume. @see https://docs.gitea.com */
export class LocalForge extends pulumi.ComponentResource {
  /** Its address on this machine and in the cluster. */
  readonly url: string;
  readonly username: string = forgeAdministrator;
  readonly password: pulumi.Output<string>;
  readonly namespace: k8s.core.v1.Namespace;
  /** Address in the cluster, for as long as it is there. */
  readonly clusterIP: pulumi.Output<string>;

  constructor(name: string, args: LocalForgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:LocalForge', name, {}, opts);
    this.url = `http://${args.host}${args.httpPort === 80 ? '' : `:${args.httpPort}`}`;
    this.namespace = new k8s.core.v1.Namespace(
      name,
      { metadata: { name: forgeNamespace, labels: namespaceLabels('restricted') } },
      { parent: this },
    );
    this.password = this.draw(`${name}-admin-password`);
    const settings = this.settings(name, args);
    const needs = [
      this.addSettings(name, settings),
      this.addAdministrator(name, args),
      this.addVolume(name, args),
      ...mirrorImages(name, [images.gitea.reference], args.mirror, { parent: this }),
    ];
    this.addDeployment(name, settings, needs);
    this.clusterIP = this.addService(name, args.httpPort).spec.clusterIP;
    this.addNetworkPolicy(name, args.ciPort);
    this.registerOutputs({ url: this.url });
  }

  private draw(name: string): pulumi.Output<string> {
    return new RandomPassword(name, {}, { parent: this }).value;
  }

  private inNamespace(): pulumi.CustomResourceOptions {
    return { parent: this, dependsOn: [this.namespace] };
  }

  private settings(name: string, { host }: LocalForgeArgs): pulumi.Output<string> {
    const drawn = ['secret-key', 'internal-token', 'jwt-secret'].map((what) => this.draw(`${name}-${what}`));
    return pulumi.all(drawn).apply(([secretKey, internalToken, jwtSecret]) =>
      giteaSettings({
        url: this.url,
        host,
        secretKey: secretKey!,
        internalToken: internalToken!,
        jwtSecret: jwtSecret!,
      }),
    );
  }

  private addSettings(name: string, settings: pulumi.Output<string>): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
      `${name}-settings`,
      { metadata: { name: settingsSecret, namespace: forgeNamespace, labels }, stringData: { 'app.ini': settings } },
      this.inNamespace(),
    );
  }

  private addAdministrator(name: string, { host }: LocalForgeArgs): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
      `${name}-admin`,
      {
        metadata: { name: forgeAdministratorSecret, namespace: forgeNamespace, labels },
        stringData: { username: this.username, password: this.password, email: `${this.username}@${host}` },
      },
      this.inNamespace(),
    );
  }

  private addVolume(
    name: string,
    { storage = '5Gi', storageClass = 'standard' }: LocalForgeArgs,
  ): k8s.core.v1.PersistentVolumeClaim {
    return new k8s.core.v1.PersistentVolumeClaim(
      name,
      {
        // it is bound only when the pod comes, which in turn waits for it
        metadata: {
          name: claim,
          namespace: forgeNamespace,
          labels,
          annotations: { 'pulumi.com/skipAwait': 'true' },
        },
        spec: { storageClassName: storageClass, accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
      },
      this.inNamespace(),
    );
  }

  private addDeployment(name: string, settings: pulumi.Output<string>, needs: pulumi.Resource[]): void {
    // a pod reads its settings and sets the password when it starts; a digest of random values gives none of them away
    const started = pulumi.unsecret(
      pulumi.all([settings, this.password]).apply((parts) => createHash('sha256').update(parts.join()).digest('hex')),
    );
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { name: 'gitea', namespace: forgeNamespace, labels },
        spec: {
          selector: { matchLabels: labels },
          // two of them on one database file would spoil it
          strategy: { type: 'Recreate' },
          template: {
            metadata: { labels, annotations: { 'slipway.dev/settings': started } },
            spec: giteaPod({
              image: images.gitea.reference,
              claim,
              settings: settingsSecret,
              administrator: forgeAdministratorSecret,
            }),
          },
        },
      },
      { parent: this, dependsOn: [this.namespace, ...needs] },
    );
  }

  /** It listens where the ingress does on this machine as well, so that an address works in and outside of the cluster. */
  private addService(name: string, httpPort: number): k8s.core.v1.Service {
    const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
    if (httpPort !== 80) ports.push({ name: 'http-as-outside', port: httpPort, targetPort: 'http' });
    return new k8s.core.v1.Service(
      name,
      {
        metadata: {
          name: forgeService,
          namespace: forgeNamespace,
          labels,
          // the pod is waited for itself
          annotations: { 'pulumi.com/skipAwait': 'true' },
        },
        spec: { selector: labels, ports },
      },
      this.inNamespace(),
    );
  }

  private addNetworkPolicy(name: string, ciPort: number): void {
    const argoCd = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'argocd' } } };
    new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata: { name: 'gitea', namespace: forgeNamespace, labels },
        spec: {
          podSelector: {},
          policyTypes: ['Ingress', 'Egress'],
          ingress: [
            {
              from: [{ namespaceSelector: { matchLabels: ingressNamespaceLabels } }, argoCd],
              ports: [{ port: 'http' }],
            },
          ],
          egress: [
            {
              to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
              ports: [
                { port: 53, protocol: 'UDP' },
                { port: 53, protocol: 'TCP' },
              ],
            },
            { to: [argoCd] },
            // of the host, whose address nobody knows before the nodes are there
            { ports: [{ port: ciPort }] },
          ],
        },
      },
      this.inNamespace(),
    );
  }
}
