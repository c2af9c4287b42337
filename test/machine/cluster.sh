#!/usr/bin/env bash
# What a cluster on this machine is made of, from Debian's packages. Only for who asks for a cluster. `cluster.sh edge`: the way into one that is elsewhere.
set -euo pipefail
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need rtpengine rtpengine-daemon
need setpriv util-linux
if [ "${1:-}" != edge ]; then
  need containerd containerd
  need runc runc
  need iptables iptables
  need nft nftables
  need conntrack conntrack
  need buildah buildah
  need ip iproute2
  need openssl openssl
  [ -x /usr/lib/cni/ptp ] || missing+=(containernetworking-plugins)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]} …"
  log=$(mktemp)
  # Their services are not wanted: the cluster starts what it needs, with its own files.
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && trap 'rm -f $policy' EXIT; }
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 20 "$log" >&2
fi
echo "missing on this machine: ${missing[*]}" >&2
echo "A cluster, or the way into one, needs them. On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
exit 1
