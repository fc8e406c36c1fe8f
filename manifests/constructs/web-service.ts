import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DrainingDeployment } from './draining-deployment';
import { selectorOf } from './labels';
import { podSpec, portName, type PodProps } from './pod';

export interface WebServiceProps extends PodProps {
  /** Of every object; the pods carry those of the selector and `app.kubernetes.io/part-of` alone. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of the Deployment: they change with every release and must not restart pods by themselves. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Page of the commit that it was built from. @default unknown */
  readonly source?: string;
  /** Host and path that requests from outside come in by. @default not reachable from outside */
  readonly ingress?: { readonly host: string; readonly path: string };
}

/** Where other services find it: `http://<name>`. */
const servicePort = 80;
const drainSeconds = 5;
/** Twice what the startup probe allows: a rollout that gets no further for so long has failed, and is told as failed. */
const progressDeadlineSeconds = 120;

/**
 * One HTTP service: Deployment, Service, ServiceAccount without rights, Ingress where it is exposed and, from two
 * replicas on, a PodDisruptionBudget. Every object has the service's name. What the network lets through is not here:
 * that is the platform's, see `ServicePolicy`.
 */
export class WebService extends Construct {
  constructor(scope: Construct, id: string, props: WebServiceProps) {
    super(scope, id);
    const metadata = { name: props.name, labels: { ...props.labels } };
    new k8s.KubeServiceAccount(this, 'account', { metadata, automountServiceAccountToken: false });
    this.addDeployment(props);
    new k8s.KubeService(this, 'service', {
      // Argo CD tells of links what is live; those of a Deployment would also be told by its former ReplicaSets
      metadata: {
        ...metadata,
        ...(props.source !== undefined && {
          annotations: { 'link.argocd.argoproj.io/source': `source|${props.source}` },
        }),
      },
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(props.name),
        ports: [
          { name: portName, port: servicePort, targetPort: k8s.IntOrString.fromString(portName), protocol: 'TCP' },
        ],
      },
    });
    if (props.ingress !== undefined) {
      this.addIngress(props.name, metadata, props.ingress);
    }
    if (props.replicas >= 2) {
      new k8s.KubePodDisruptionBudget(this, 'budget', {
        metadata,
        spec: {
          maxUnavailable: k8s.IntOrString.fromNumber(1),
          // a pod that never became ready must not keep a node from being emptied
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: selectorOf(props.name) },
        },
      });
    }
  }

  private addDeployment(props: WebServiceProps): void {
    const partOf = 'app.kubernetes.io/part-of';
    new DrainingDeployment(this, 'deployment', {
      drainSeconds,
      metadata: { name: props.name, labels: { ...props.labels }, annotations: { ...props.annotations } },
      spec: {
        replicas: props.replicas,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds,
        selector: { matchLabels: selectorOf(props.name) },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
        },
        template: {
          metadata: { labels: { ...selectorOf(props.name), [partOf]: props.labels[partOf]! } },
          spec: podSpec(props),
        },
      },
    });
  }

  private addIngress(name: string, metadata: k8s.ObjectMeta, { host, path }: { host: string; path: string }): void {
    new k8s.KubeIngress(this, 'ingress', {
      metadata,
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host,
            http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name, port: { name: portName } } } }] },
          },
        ],
      },
    });
  }
}
