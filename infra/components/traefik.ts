import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ingressNamespace } from '../namespaces';
import { images } from '../versions';
import { mirrorImages } from './images';
import {
  balancerAddress,
  ingressNamespaceLabels,
  type IngressController,
  type IngressControllerArgs,
} from './ingress-controller';
import { restrictedContainer, restrictedPod } from './restricted-pod';
import { namespaceLabels } from './transforms';

const labels = { 'app.kubernetes.io/name': 'traefik' };
const httpPort = 8080;
const httpsPort = 8443;
const pingPort = 8082;
/** That of ingress-nginx, so that no Ingress changes with the controller. */
const className = 'nginx';

/**
 * The provider of plain Ingresses. The one for the annotations of ingress-nginx, of which ours have none, goes on sending
 * requests to pods that end, until they are gone.
 *
 * @see https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/kubernetes-ingress/
 */
const args = [
  '--providers.kubernetesingress=true',
  `--providers.kubernetesingress.ingressclass=${className}`,
  // of a service whose pods are all away 503 is said, not 404
  '--providers.kubernetesingress.allowemptyservices=true',
  // `/api` is no prefix of `/apis`, as the API says
  '--providers.kubernetesingress.strictprefixmatching=true',
  // without an address in its status an Ingress counts as not healthy for ever
  '--providers.kubernetesingress.ingressendpoint.hostname=localhost',
  `--entrypoints.web.address=:${httpPort}`,
  `--entrypoints.websecure.address=:${httpsPort}`,
  `--entrypoints.ping.address=:${pingPort}`,
  '--ping.entrypoint=ping',
  '--global.checknewversion=false',
  '--global.sendanonymoususage=false',
];

/** Traefik in the place of ingress-nginx: it serves the same Ingresses of the same class. */
export class Traefik extends pulumi.ComponentResource implements IngressController {
  readonly controller = 'traefik';
  readonly balancer: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    { mirror, balanced = false }: IngressControllerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('slipway:component:Traefik', name, {}, opts);
    const namespace = new k8s.core.v1.Namespace(
      name,
      {
        // privileged: it listens at ports of its node, which the stricter levels forbid; all else is restricted
        metadata: { name: ingressNamespace, labels: namespaceLabels('privileged', ingressNamespaceLabels) },
      },
      { parent: this },
    );
    const account = this.addAccount(name, namespace);
    const ready = mirrorImages(name, [images.traefik.reference], mirror, { parent: this });
    this.addClass(name);
    this.addDeployment(name, balanced, [namespace, account, ...ready]);
    this.balancer = balanced ? this.addBalancer(name, namespace) : undefined;
    this.registerOutputs();
  }

  private addAccount(name: string, namespace: pulumi.Resource): pulumi.Resource {
    const metadata = { name: 'traefik', labels };
    new k8s.rbac.v1.ClusterRole(
      name,
      {
        metadata,
        rules: [
          // certificates lie in Secrets next to the Ingresses that name them, in whatever namespace those are
          { apiGroups: [''], resources: ['services', 'secrets', 'nodes'], verbs: ['get', 'list', 'watch'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
          {
            apiGroups: ['networking.k8s.io'],
            resources: ['ingresses', 'ingressclasses'],
            verbs: ['get', 'list', 'watch'],
          },
          { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
        ],
      },
      { parent: this },
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: metadata.name, namespace: ingressNamespace }],
      },
      { parent: this },
    );
    return new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { ...metadata, namespace: ingressNamespace } },
      { parent: this, dependsOn: [namespace] },
    );
  }

  private addClass(name: string): void {
    new k8s.networking.v1.IngressClass(
      name,
      { metadata: { name: className, labels }, spec: { controller: 'traefik.io/ingress-controller' } },
      // the API server lets nobody change whose it is
      { parent: this, replaceOnChanges: ['spec.controller'], deleteBeforeReplace: true },
    );
  }

  private addBalancer(name: string, namespace: pulumi.Resource): pulumi.Output<string> {
    const balancer = new k8s.core.v1.Service(
      name,
      {
        metadata: { name: 'traefik', namespace: ingressNamespace, labels },
        spec: {
          type: 'LoadBalancer',
          selector: labels,
          ports: [
            { name: 'web', port: 80, targetPort: 'web' },
            { name: 'websecure', port: 443, targetPort: 'websecure' },
          ],
        },
      },
      { parent: this, dependsOn: [namespace] },
    );
    return balancerAddress(balancer);
  }

  private addDeployment(name: string, balanced: boolean, dependsOn: pulumi.Resource[]): void {
    const probe = { httpGet: { path: '/ping', port: 'ping' }, periodSeconds: 2 };
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { name: 'traefik', namespace: ingressNamespace, labels },
        spec: {
          selector: { matchLabels: labels },
          // the new pod cannot have the node's ports before the old one is gone
          strategy: { type: 'Recreate' },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: 'traefik',
              nodeSelector: { tier: 'backstage' },
              securityContext: restrictedPod(65532),
              containers: [
                {
                  name: 'traefik',
                  image: images.traefik.reference,
                  command: ['traefik'],
                  args,
                  ports: [
                    { name: 'web', containerPort: httpPort, ...(!balanced && { hostPort: 80 }) },
                    { name: 'websecure', containerPort: httpsPort, ...(!balanced && { hostPort: 443 }) },
                    { name: 'ping', containerPort: pingPort },
                  ],
                  readinessProbe: probe,
                  livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
                  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
                  securityContext: restrictedContainer,
                  volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
                },
              ],
              volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '16Mi' } }],
            },
          },
        },
      },
      { parent: this, dependsOn },
    );
  }
}
