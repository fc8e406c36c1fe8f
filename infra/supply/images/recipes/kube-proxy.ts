import type { Part, Recipe } from '../recipe';
import { PATH, temporaryFolder } from './common';

/**
 * The kernel keeps the rules of both flavours of iptables side by side, so kube-proxy must write where the kubelet of
 * its node does: the kubelet leaves a chain there as a hint. Decided at every call, since kube-proxy may start first.
 */
const CHOOSE = `#!/bin/sh
name=\${0##*/}
flavour=nft
if ! iptables-nft-save -t mangle 2>/dev/null | grep -q KUBE-IPTABLES-HINT &&
  iptables-legacy-save -t mangle 2>/dev/null | grep -q KUBE-IPTABLES-HINT; then
  flavour=legacy
fi
exec "/usr/sbin/xtables-$flavour-multi" "$name" "$@"
`;

const CALLED = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];

export const kubeProxy: Recipe = {
  image: 'kube-proxy',
  root: 'network',
  version: { tool: 'kube-proxy' },
  parts: [
    { path: 'usr/local/bin/kube-proxy', tool: 'kube-proxy' },
    ...CALLED.map((name): Part => ({ path: `usr/local/sbin/${name}`, content: CHOOSE, mode: 0o755 })),
    temporaryFolder,
  ],
  config: { Env: [PATH] },
};
