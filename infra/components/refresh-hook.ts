import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace, forgeNamespace } from '../namespaces';
import { refreshHookMain, refreshHookProgram } from '../refresh-hook/program';
import { images } from '../versions';
import { mirrorImages, type ImageMirror } from './images';
import { restrictedContainer, restrictedPod } from './restricted-pod';

export interface RefreshHookArgs {
  /** What the forge signs its events with. */
  readonly secret: pulumi.Input<string>;
  /** @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
}

const name = 'refresh-hook';
const labels = { 'app.kubernetes.io/name': name };
const metadata = { name, namespace: argoCdNamespace, labels };
const port = 8080;

/** A key of a ConfigMap has no slashes. */
const keyOf = (file: string): string => file.replaceAll('/', '.');

/**
 * Tells ApplicationSets of pushes. Argo CD's own hook for them understands GitHub, GitLab and Azure and not our forge;
 * this one understands the forge and sets the annotation that makes Argo CD look.
 */
export class RefreshHook extends pulumi.ComponentResource {
  /** Where the forge sends its events. */
  readonly url = `http://${name}.${argoCdNamespace}.svc.cluster.local/`;

  constructor(id: string, args: RefreshHookArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:RefreshHook', id, {}, opts);
    const program = refreshHookProgram();
    const needs = [
      ...this.addAccount(id),
      this.addProgram(id, program),
      new k8s.core.v1.Secret(id, { metadata, stringData: { secret: args.secret } }, { parent: this }),
      ...mirrorImages(id, [images['service-base'].reference], args.mirror, { parent: this }),
    ];
    const checksum = createHash('sha256')
      .update(JSON.stringify([...program]))
      .digest('hex');
    this.addDeployment(id, [...program.keys()], checksum, needs);
    new k8s.core.v1.Service(
      id,
      {
        // the pod is waited for itself
        metadata: { ...metadata, annotations: { 'pulumi.com/skipAwait': 'true' } },
        spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
      },
      { parent: this },
    );
    this.addNetworkPolicy(id);
    this.registerOutputs({ url: this.url });
  }

  /** It may look for ApplicationSets and mark them; what they make is not its business. */
  private addAccount(id: string): pulumi.Resource[] {
    const rules = [{ apiGroups: ['argoproj.io'], resources: ['applicationsets'], verbs: ['list', 'patch'] }];
    return [
      new k8s.core.v1.ServiceAccount(id, { metadata, automountServiceAccountToken: false }, { parent: this }),
      new k8s.rbac.v1.Role(id, { metadata, rules }, { parent: this }),
      new k8s.rbac.v1.RoleBinding(
        id,
        {
          metadata,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
          subjects: [{ kind: 'ServiceAccount', name, namespace: argoCdNamespace }],
        },
        { parent: this },
      ),
    ];
  }

  private addProgram(id: string, program: ReadonlyMap<string, string>): pulumi.Resource {
    const data = Object.fromEntries([...program].map(([file, text]) => [keyOf(file), text]));
    return new k8s.core.v1.ConfigMap(id, { metadata, data }, { parent: this });
  }

  private addDeployment(id: string, files: readonly string[], checksum: string, needs: pulumi.Resource[]): void {
    const health = { httpGet: { path: '/healthz', port: 'http' } };
    new k8s.apps.v1.Deployment(
      id,
      {
        metadata,
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels, annotations: { 'slipway.dev/program': checksum } },
            spec: {
              serviceAccountName: name,
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              nodeSelector: { tier: 'backstage' },
              securityContext: restrictedPod(1000, { ownsVolumes: true }),
              containers: [
                {
                  name,
                  image: images['service-base'].reference,
                  command: ['node', '--max-old-space-size=48', `/program/${refreshHookMain}`],
                  env: [
                    { name: 'NAMESPACE', value: argoCdNamespace },
                    { name: 'HOOK_SECRET_FILE', value: '/hook/secret' },
                    { name: 'PORT', value: String(port) },
                  ],
                  ports: [{ name: 'http', containerPort: port }],
                  readinessProbe: { ...health, periodSeconds: 2 },
                  livenessProbe: { ...health, periodSeconds: 20, timeoutSeconds: 5 },
                  resources: { requests: { cpu: '5m', memory: '48Mi' }, limits: { memory: '128Mi' } },
                  securityContext: restrictedContainer,
                  volumeMounts: [
                    { name: 'program', mountPath: '/program', readOnly: true },
                    { name: 'hook', mountPath: '/hook', readOnly: true },
                  ],
                },
              ],
              volumes: [
                {
                  name: 'program',
                  configMap: { name, items: files.map((file) => ({ key: keyOf(file), path: file })) },
                },
                { name: 'hook', secret: { secretName: name, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      { parent: this, dependsOn: needs },
    );
  }

  private addNetworkPolicy(id: string): void {
    const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': forgeNamespace } } }];
    new k8s.networking.v1.NetworkPolicy(
      id,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ['Ingress'],
          ingress: [{ from, ports: [{ port: 'http' }] }],
        },
      },
      { parent: this },
    );
  }
}
