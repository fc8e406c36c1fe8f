import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface DrainingDeploymentProps extends k8s.KubeDeploymentProps {
  /** Between the order to stop and SIGTERM, while ingress and Services stop sending requests. */
  readonly drainSeconds: number;
}

interface Rendered {
  readonly spec: { readonly template: { readonly spec: { readonly containers: Record<string, unknown>[] } } };
}

/**
 * A Deployment whose containers wait before SIGTERM by the kubelet's own `sleep` action, so that images need no shell.
 * The typed API of cdk8s-plus is of a Kubernetes release before that action and would drop it.
 *
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export class DrainingDeployment extends k8s.KubeDeployment {
  private readonly drainSeconds: number;

  constructor(scope: Construct, id: string, { drainSeconds, ...props }: DrainingDeploymentProps) {
    super(scope, id, props);
    this.drainSeconds = drainSeconds;
  }

  override toJson(): Rendered {
    const rendered = super.toJson() as Rendered;
    for (const container of rendered.spec.template.spec.containers) {
      container['lifecycle'] = { preStop: { sleep: { seconds: this.drainSeconds } } };
    }
    return rendered;
  }
}
