#!/usr/bin/env bash
# Writes the go.mod and go.sum of one Kubernetes version: resolve.sh 1.34.4 PACKAGE …
# k8s.io/kubernetes is no library: it requires its staging modules at v0.0.0, and whoever builds it from outside must replace each of them.
set -euo pipefail
version=$1
shift
cd "$(dirname "$0")"
mkdir -p "kubernetes-$version" && cd "kubernetes-$version"
# By the go command, which knows where modules come from here; asked outside of any module.
theirs=$(cat "$(cd / && go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')")
{
  echo "module switchboard.dev/test/kubernetes/$version"
  # 1.24 is the first Go that knows tool lines.
  echo "go $(printf '%s\n1.24.0\n' "$(awk '$1 == "go" { print $2 }' <<<"$theirs")" | sort -V | tail -n 1)"
  grep '^godebug ' <<<"$theirs"
  printf 'tool %s\n' "$@"
  echo "require k8s.io/kubernetes v$version"
  awk -v at="v0.${version#*.}" '/=> \.\/staging\// { print "replace " $1 " => " $1 " " at }' <<<"$theirs"
} >go.mod
rm -f go.sum
GOFLAGS='-mod=mod -buildvcs=false' go list -deps tool >/dev/null
go mod edit -fmt
