import type { Recipe } from '../recipe';
import { PATH, temporaryFolder } from './common';

/**
 * Routes of this keeper are marked with a protocol number of their own, so that it removes what it set and nothing
 * else. It lists the nodes, sets a route to each other node's pod range, then waits for a change of any node (or ten
 * seconds, so that a route that somebody removed comes back). `/run/slipway/ready` is touched after each round.
 */
const KEEP = `#!/bin/sh
set -u
account=/var/run/secrets/kubernetes.io/serviceaccount
server=https://\${CONTROL_PLANE_ENDPOINT:-$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT}/api/v1/nodes
protocol=77
ready=/run/slipway/ready
trap 'exit 0' TERM INT
rm -f "$ready"

ask() {
  # by standard input, since arguments are visible to every process of the node
  printf 'header = "Authorization: Bearer %s"\\n' "$(cat $account/token)" |
    curl --silent --show-error --fail --cacert $account/ca.crt --config - "$@"
}

while :; do
  if nodes=$(ask --max-time 10 "$server?resourceVersion=0"); then
    failed=0
    wanted=$(printf '%s' "$nodes" | jq -r --arg self "$NODE_NAME" '.items[]
      | select(.metadata.name != $self and .spec.podCIDR != null)
      | [.spec.podCIDR, (.status.addresses[]? | select(.type == "InternalIP") | .address)] | select(length > 1)
      | .[0] + " " + .[1]')
    for range in $(ip -4 route show proto $protocol | cut -d' ' -f1); do
      printf '%s\\n' "$wanted" | grep -q "^$range " || ip route del "$range" proto $protocol
    done
    while read -r range address; do
      [ -n "$range" ] || continue
      ip -4 route show "$range" proto $protocol | grep -q "via $address " && continue
      echo "route to $range by $address"
      ip route replace "$range" via "$address" proto $protocol || failed=1
    done <<EOF
$wanted
EOF
    [ $failed = 0 ] && touch "$ready"
    version=$(printf '%s' "$nodes" | jq -r .metadata.resourceVersion)
    # any event ends the wait; the pause keeps a burst of events from becoming a burst of rounds
    ask --no-buffer --max-time 10 "$server?watch=1&resourceVersion=$version" 2>/dev/null | head -n 1 >/dev/null
  fi
  sleep 1 &
  wait $!
done
`;

/** Succeeds while the routes were last set less than a minute ago. */
const READY = `#!/bin/sh
[ -n "$(find /run/slipway/ready -newermt '-60 seconds' 2>/dev/null)" ]
`;

export const routeKeeper: Recipe = {
  image: 'route-keeper',
  root: 'network',
  version: { own: '1.0.0' },
  parts: [
    { path: 'usr/local/bin/route-keeper', content: KEEP, mode: 0o755 },
    { path: 'usr/local/bin/route-keeper-ready', content: READY, mode: 0o755 },
    temporaryFolder,
  ],
  config: { Env: [PATH], Entrypoint: ['/usr/local/bin/route-keeper'] },
};
