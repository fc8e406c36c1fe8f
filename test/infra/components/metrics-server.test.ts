import { MetricsServer, metricsServerTransform } from '../../../infra/components/metrics-server';
import { parseManifest } from '../../../infra/components/kubernetes-object';
import { shortened } from './fixtures';
import { record, the } from './recorder';

test('takes the certificates of kubelets as they are, and runs on the platform nodes', async () => {
  const recorded = await record(() => new MetricsServer('metrics', { manifest: shortened('metrics-server') }));
  const pod = the(recorded, 'kubernetes:apps/v1:Deployment').inputs.spec.template.spec;
  expect(pod.containers[0].args).toEqual(['--secure-port=10250', '--kubelet-insecure-tls']);
  expect(pod.nodeSelector).toMatchObject({ tier: 'backstage' });
  expect(pod.containers[0].readinessProbe).toMatchObject({ periodSeconds: 2, initialDelaySeconds: 1 });
  expect(the(recorded, 'kubernetes:apiregistration.k8s.io/v1:APIService').inputs.metadata.name).toBe(
    'v1beta1.metrics.k8s.io',
  );
});

test('the published objects are not written to', () => {
  const objects = parseManifest(shortened('metrics-server'));
  objects.forEach(metricsServerTransform);
  expect(objects).toEqual(parseManifest(shortened('metrics-server')));
});

test('a manifest that is no YAML is refused with the place', () => {
  expect(() => parseManifest('a: 1\n---\nb: [')).toThrow('document 2');
});
