import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

export interface WebRouteArgs {
  readonly namespace: string;
  readonly host: string;
  readonly service: string;
  /** @default 80 */
  readonly port?: number;
  /** @default none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Lets the ingress controller send the requests for a host to a Service. */
export class WebRoute extends pulumi.ComponentResource {
  constructor(name: string, args: WebRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:WebRoute', name, {}, opts);
    const { namespace, host, service, port, annotations } = args;
    const backend = { service: { name: service, port: { number: port ?? 80 } } };
    new k8s.networking.v1.Ingress(
      name,
      {
        metadata: {
          name: service,
          namespace,
          // the address that is waited for otherwise says nothing about whether requests come through
          annotations: { 'pulumi.com/skipAwait': 'true', ...annotations },
        },
        spec: {
          ingressClassName: 'nginx',
          rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
