import { IngressNginx, ingressNginxTransform } from '../../../infra/components/ingress-nginx';
import { parseManifest } from '../../../infra/components/kubernetes-object';
import { Traefik } from '../../../infra/components/traefik';
import { shortened } from './fixtures';
import { record, the, types } from './recorder';

const mirror = { address: '127.0.0.1:5001' };

/* eslint-disable @typescript-eslint/no-explicit-any -- objects of manifests have no type here */
const changed = parseManifest(shortened('ingress-nginx')).map(ingressNginxTransform) as any[];
const ofKind = (kind: string): any[] => changed.filter((object) => object.kind === kind);

describe('ingress-nginx', () => {
  test('its namespace carries the label that NetworkPolicies of services allow', () => {
    expect(ofKind('Namespace')[0].metadata.labels).toMatchObject({
      'app.kubernetes.io/name': 'ingress-nginx',
      'slipway.dev/ingress': 'true',
      'pod-security.kubernetes.io/enforce': 'privileged',
    });
  });

  test('all of its pods run on the platform nodes, where the ports of this machine arrive', () => {
    for (const object of [...ofKind('Deployment'), ...ofKind('Job')]) {
      const pod = object.spec.template.spec;
      expect(pod.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux', tier: 'backstage' });
      expect(pod.tolerations).toBeUndefined();
      expect(pod.containers[0].resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    }
    expect(ofKind('Deployment')[0].spec.template.spec.containers[0].ports).toEqual([
      { containerPort: 80, hostPort: 80 },
    ]);
  });

  test('nothing waits for an address that nobody gives, or for a Job that has removed itself', () => {
    expect(ofKind('Service').map((service) => service.spec.type)).toEqual(['ClusterIP', 'ClusterIP']);
    expect(ofKind('Job')[0].spec).not.toHaveProperty('ttlSecondsAfterFinished');
  });

  test('images keep the digests that upstream pins', () => {
    expect(ofKind('Deployment')[0].spec.template.spec.containers[0].image).toMatch(/@sha256:594ceea76b01/);
  });

  test('it is made from its manifest alone', async () => {
    const recorded = await record(() => new IngressNginx('ingress', { manifest: shortened('ingress-nginx') }));
    expect(the(recorded, 'kubernetes:networking.k8s.io/v1:IngressClass').inputs.spec).toEqual({
      controller: 'k8s.io/ingress-nginx',
    });
    expect(types(recorded)).not.toContain('slipway:index:MirroredImages');
    expect(recorded.filter(({ name }) => name.includes('traefik'))).toEqual([]);
  });
});

describe('Traefik', () => {
  test('serves the class nginx in the same namespace, unprivileged but for the ports of its node', async () => {
    const recorded = await record(() => new Traefik('ingress', { mirror }));
    expect(the(recorded, 'kubernetes:networking.k8s.io/v1:IngressClass').inputs).toMatchObject({
      metadata: { name: 'nginx' },
      spec: { controller: 'traefik.io/ingress-controller' },
    });
    expect(the(recorded, 'kubernetes:core/v1:Namespace').inputs.metadata).toMatchObject({
      name: 'ingress-nginx',
      labels: { 'slipway.dev/ingress': 'true' },
    });
    const pod = the(recorded, 'kubernetes:apps/v1:Deployment').inputs.spec.template.spec;
    expect(pod.nodeSelector).toEqual({ tier: 'backstage' });
    expect(pod.securityContext.runAsNonRoot).toBe(true);
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.containers[0].ports.filter((port: any) => port.hostPort !== undefined)).toEqual([
      { name: 'web', containerPort: 8080, hostPort: 80 },
      { name: 'websecure', containerPort: 8443, hostPort: 443 },
    ]);
    expect(pod.containers[0].args).toEqual(
      expect.arrayContaining([
        '--providers.kubernetesingress=true',
        '--providers.kubernetesingress.ingressclass=nginx',
        '--providers.kubernetesingress.ingressendpoint.hostname=localhost',
      ]),
    );
  });

  test('may read what it routes and write only the status of Ingresses', async () => {
    const recorded = await record(() => new Traefik('ingress', {}));
    const { rules } = the(recorded, 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRole').inputs;
    const writing = rules.filter((rule: any) =>
      rule.verbs.some((verb: string) => !['get', 'list', 'watch'].includes(verb)),
    );
    expect(writing).toEqual([{ apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] }]);
    expect(JSON.stringify(rules)).not.toContain('*');
    expect(types(recorded)).not.toContain('slipway:index:MirroredImages');
  });
});
