import { parseAllDocuments } from 'yaml';
import { nodeKey, nodeRecipe } from '../../../infra/supply/images/node-image';
import { networkManifest, storageManifest } from '../../../infra/supply/images/node-manifests';
import { preloaded } from '../../../infra/supply/images/recipes';
import { images } from '../../../infra/versions';

interface Container {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly args?: readonly string[];
  readonly env?: readonly object[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const objects = (text: string): any[] => parseAllDocuments(text).map((document) => document.toJS());
const find = (text: string, kind: string) => objects(text).find((object) => object.kind === kind);
const packed = preloaded.map(({ image }): string => images[image].reference);

test('the network is a route keeper on every node, which kind tells where the control plane is', () => {
  expect(networkManifest()).toContain('would you kindly patch this file');
  const { template } = find(networkManifest(), 'DaemonSet').spec;
  expect(template.spec).toMatchObject({ hostNetwork: true, tolerations: [{ operator: 'Exists' }] });
  // kind appends to this list, so it has to be there
  expect((template.spec.containers[0] as Container).env).toHaveLength(1);
  expect(template.spec.containers[0].securityContext.capabilities).toEqual({ drop: ['ALL'], add: ['NET_ADMIN'] });
  expect(find(networkManifest(), 'ClusterRole').rules).toEqual([
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
  ]);
});

test('the storage is the default class, provisioned by the account that its pods run as', () => {
  expect(find(storageManifest(), 'StorageClass')).toMatchObject({
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  const pod = find(storageManifest(), 'Deployment').spec.template.spec;
  const { args } = pod.containers[0] as Container;
  expect(args![args!.indexOf('--service-account-name') + 1]).toBe(pod.serviceAccountName);
  expect(find(storageManifest(), 'ServiceAccount').metadata.name).toBe(pod.serviceAccountName);
  expect(args).toContain(images['local-path-helper'].reference);
});

test('every image of both is in the node and is never pulled', () => {
  const helper = find(storageManifest(), 'ConfigMap').data['helperPod.yaml'] as string;
  const pods = [
    find(networkManifest(), 'DaemonSet').spec.template.spec,
    find(storageManifest(), 'Deployment').spec.template.spec,
    objects(helper)[0].spec,
  ];
  const containers = pods.flatMap((pod) => pod.containers as Container[]);
  expect(containers).toHaveLength(3);
  for (const { image, imagePullPolicy } of containers) {
    expect(packed).toContain(image);
    expect(imagePullPolicy).toBe('Never');
  }
});

test('the node has what the kind CLI looks for', () => {
  const paths = nodeRecipe.parts.map((part) => part.path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'usr/local/bin/entrypoint',
      'usr/bin/kubeadm',
      'kind/version',
      'kind/manifests/default-cni.yaml',
      'kind/manifests/default-storage.yaml',
      'etc/systemd/system/multi-user.target.wants/kubelet.service',
    ]),
  );
  expect(nodeKey()).toMatch(/^[0-9a-f]{16}$/);
});

test('containerd lowers no memory score only on a machine that cannot, decided in the node', () => {
  const content = (name: string): string => {
    const part = nodeRecipe.parts.find(({ path }) => path === name);
    return part !== undefined && 'content' in part ? part.content : '';
  };
  expect(content('etc/containerd/config.toml')).toContain('restrict_oom_score_adj = false');
  expect(content('etc/containerd/config.toml')).toContain(images.pause.reference);
  expect(content('etc/systemd/system/containerd.service')).toContain('ExecStartPre=/kind/bin/fit-containerd.sh');
  expect(content('kind/bin/fit-containerd.sh')).toContain('restrict_oom_score_adj = true');
});
