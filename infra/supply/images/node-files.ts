import { images, kubernetesVersion } from '../../versions';
import { architecture } from './archive';
import { networkManifest, storageManifest } from './node-manifests';
import type { Part } from './recipe';

/**
 * containerd 2.3 for a node inside a container. Two plugins are off because without mkfs.erofs they keep the whole
 * CRI from loading. The network configuration is a template that containerd fills in once the node has its pod range.
 */
const CONTAINERD = `version = 3
disabled_plugins = ['io.containerd.differ.v1.erofs', 'io.containerd.snapshotter.v1.erofs']

[plugins.'io.containerd.transfer.v1.local']
  [[plugins.'io.containerd.transfer.v1.local'.unpack_config]]
    platform = 'linux/${architecture}'
    snapshotter = 'overlayfs'
    differ = 'walking'

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  discard_unpacked_layers = true
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "${images.pause.reference}"
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "/etc/containerd/certs.d"

[plugins.'io.containerd.cri.v1.runtime']
  tolerate_missing_hugetlb_controller = true
  restrict_oom_score_adj = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "/etc/cni/net.d"
    conf_template = "/etc/containerd/cni.template"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = true
`;

/** Asks for no more open files and no better protection from memory shortage than the node was given. */
const CONTAINERD_UNIT = `[Unit]
Description=containerd container runtime
After=network.target local-fs.target
StartLimitIntervalSec=0

[Service]
ExecStartPre=/kind/bin/fit-containerd.sh
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=1
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;

/** A machine whose root lacks CAP_SYS_RESOURCE (bit 24) cannot lower the memory score of a pod: only there, do not try. */
const FIT_CONTAINERD = `#!/bin/sh
held=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
if [ $(( 0x$held >> 24 & 1 )) = 0 ]; then
  sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml
fi
`;

/** Pods hang on a bridge in their node; the ranges of the other nodes are reached by routes (see the route keeper). */
const CNI = JSON.stringify({
  cniVersion: '1.0.0',
  name: 'kind',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: 'host-local', subnet: '{{.PodCIDR}}', routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});

const KIND = 'images/base/files';
const kindFile = (path: string, mode = 0o644): Part => ({ path, module: 'kind', from: `${KIND}/${path}`, mode });
const wanted = (unit: string): Part => ({
  path: `etc/systemd/system/multi-user.target.wants/${unit}`,
  link: `/etc/systemd/system/${unit}`,
});

/** What makes a Debian root a node for the kind CLI: kind's own files of its module, our programs and settings. */
export const nodeParts: readonly Part[] = [
  kindFile('etc/crictl.yaml'),
  kindFile('etc/default/kubelet'),
  kindFile('etc/sysctl.d/10-network-magic.conf'),
  kindFile('etc/sysctl.d/10-network-security.conf'),
  kindFile('etc/systemd/system/kubelet.service'),
  kindFile('etc/systemd/system/kubelet.service.d/10-kubeadm.conf'),
  kindFile('etc/systemd/system/kubelet.service.d/11-kind.conf'),
  kindFile('etc/systemd/system/kubelet.slice'),
  kindFile('etc/systemd/system/undo-mount-hacks.service'),
  kindFile('kind/bin/create-kubelet-cgroup-v2.sh', 0o755),
  kindFile('kind/bin/mount-product-files.sh', 0o755),
  kindFile('kind/bin/undo-mount-hacks.sh', 0o755),
  kindFile('usr/local/bin/entrypoint', 0o755),
  { path: 'usr/bin/kubeadm', tool: 'kubeadm' },
  { path: 'usr/bin/kubelet', tool: 'kubelet' },
  { path: 'usr/bin/kubectl', tool: 'kubectl' },
  { path: 'usr/local/bin/containerd', tool: 'containerd' },
  { path: 'usr/local/bin/containerd-shim-runc-v2', tool: 'containerd-shim-runc-v2' },
  { path: 'usr/local/bin/ctr', tool: 'ctr' },
  { path: 'usr/local/sbin/runc', link: '/usr/sbin/runc' },
  { path: 'opt/cni/bin', link: '/usr/lib/cni' },
  { path: 'etc/containerd/config.toml', content: CONTAINERD },
  { path: 'etc/containerd/cni.template', content: CNI },
  { path: 'etc/systemd/system/containerd.service', content: CONTAINERD_UNIT },
  { path: 'etc/systemd/system/systemd-binfmt.service', link: '/dev/null' },
  // the kernel's log belongs to the machine, not to a container on it
  { path: 'etc/systemd/journald.conf.d/kind.conf', content: '[Journal]\nReadKMsg=no\n' },
  wanted('kubelet.service'),
  wanted('containerd.service'),
  wanted('undo-mount-hacks.service'),
  { path: 'etc/kubernetes/manifests', folder: true, mode: 0o755 },
  { path: 'kind/bin/fit-containerd.sh', content: FIT_CONTAINERD, mode: 0o755 },
  { path: 'kind/version', content: kubernetesVersion },
  { path: 'kind/manifests/default-cni.yaml', content: networkManifest() },
  { path: 'kind/manifests/default-storage.yaml', content: storageManifest() },
];
