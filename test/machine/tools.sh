#!/usr/bin/env bash
# The strangers that judge us, from Debian's packages: SIPp, baresip, Kamailio, sox, tcpdump, and Lua, which Argo CD asks for health.
set -euo pipefail
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need sipp sip-tester
need baresip baresip
need kamailio kamailio
need sox sox
need tcpdump tcpdump
need ip iproute2
need prlimit util-linux
need lua5.1 lua5.1
need curl curl
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]} …"
  log=$(mktemp)
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 20 "$log" >&2
fi
echo "missing on this machine: ${missing[*]}" >&2
echo "Tests that need them cannot run. On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
# In CI nothing may be skipped.
[ -z "${CI:-}" ]
