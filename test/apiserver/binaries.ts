/** Where the binaries of a real Kubernetes are. They are built once through the Go module proxy and kept outside the tree, by version. */
import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type GoBuild, goBuild } from './go-build.ts'

/** The version that tests run on unless told otherwise. */
export const KUBERNETES = '1.34.4'
/** Other versions that the API must work on: only their API server is built, with etcd and kubectl of {@link KUBERNETES}. */
export const OTHER_VERSIONS = ['1.32.13', '1.36.3'] as const

/** The Helm that charts are tested with. */
const HELM = '3.20.2'
/** The DNS of a cluster. */
const COREDNS = '1.12.4'
/** Enforces NetworkPolicy. */
const KUBE_NETWORK_POLICIES = '0.8.0'
/** Stands in for kubelets, a thousand at a time. */
const KWOK = '0.8.0'
/** The OpenTelemetry Collector, its builder and its parts. */
export const COLLECTOR = '0.160.0'

const PACKAGES = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
} as const
export type Binary = keyof typeof PACKAGES

/** `1.34.4`, `SWITCHBOARD_KUBERNETES`, or null for the binaries that KUBEBUILDER_ASSETS holds, whatever they are. */
export function chosenVersion(env: NodeJS.ProcessEnv = process.env): string | null {
  return env['SWITCHBOARD_KUBERNETES'] ?? (env['KUBEBUILDER_ASSETS'] === undefined ? KUBERNETES : null)
}

/**
 * The path of a binary, built first when it is not there.
 * @param version null: that of `KUBEBUILDER_ASSETS`
 */
export async function binary(
  name: Binary,
  version: string | null = chosenVersion(),
  log: (line: string) => void = line => console.error(line),
): Promise<string> {
  if (version === null) {
    const path = join(process.env['KUBEBUILDER_ASSETS'] ?? '', name)
    if (await isExecutable(path)) return path
    throw new Error(
      `KUBEBUILDER_ASSETS holds no ${name} (looked for ${path}): unset it, and what is needed is built here`,
    )
  }
  return built('kubernetes', version, {
    name,
    package: PACKAGES[name],
    variables: { 'k8s.io/component-base/version.gitVersion': `v${version}` },
    log,
  })
}

/** Helm, for charts. `SWITCHBOARD_HELM` names another, of another version perhaps. */
export async function helm(log: (line: string) => void = line => console.error(line)): Promise<string> {
  const [, minor = ''] = KUBERNETES.split('.')
  const module = 'helm.sh/helm/v3'
  const capabilities = ['pkg/chartutil', 'pkg/lint/rules'].flatMap(at => [
    [`${module}/${at}.k8sVersionMajor`, '1'],
    [`${module}/${at}.k8sVersionMinor`, minor],
  ])
  return (
    process.env['SWITCHBOARD_HELM'] ??
    built('helm', HELM, {
      name: 'helm',
      package: `${module}/cmd/helm`,
      variables: { [`${module}/internal/version.version`]: `v${HELM}`, ...Object.fromEntries(capabilities) },
      log,
    })
  )
}

/** CoreDNS, with all plugins of its own release. */
export async function coreDns(log: (line: string) => void = line => console.error(line)): Promise<string> {
  const module = 'github.com/coredns/coredns'
  const variables = { [`${module}/coremain.GitCommit`]: `v${COREDNS}` }
  return built('coredns', COREDNS, { name: 'coredns', package: module, variables, log })
}

/** kube-network-policies, of the Kubernetes project. */
export async function networkPolicies(log: (line: string) => void = line => console.error(line)): Promise<string> {
  const what = { name: 'kube-network-policies', package: 'sigs.k8s.io/kube-network-policies/cmd', variables: {}, log }
  return built('kube-network-policies', KUBE_NETWORK_POLICIES, what)
}

/** kwok, of the Kubernetes project: nodes and pods that nobody runs. */
export async function kwok(log: (line: string) => void = line => console.error(line)): Promise<string> {
  return built('kwok', KWOK, { name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', variables: {}, log })
}

/** `builder`, which generates and compiles a Collector from a list of parts. */
export async function collectorBuilder(log: (line: string) => void = line => console.error(line)): Promise<string> {
  const module = 'go.opentelemetry.io/collector/cmd/builder'
  const variables = { [`${module}/internal.version`]: `v${COLLECTOR}` }
  return built('otelcol-builder', COLLECTOR, { name: 'builder', package: module, variables, log })
}

/** From the cache, `helm/3.20.2/bin/helm`; built with `modules/helm-3.20.2` when it is not there. */
async function built(
  product: string,
  version: string,
  { name, ...what }: Pick<GoBuild, 'package' | 'variables' | 'log'> & { name: string },
): Promise<string> {
  const output = join(cacheFolder(), product, version, 'bin', name)
  if (await isExecutable(output)) return output
  const modules = join(import.meta.dirname, 'modules', `${product}-${version}`)
  await goBuild({ ...what, modules, title: `${name} ${version}`, output })
  return output
}

/** etcd and kubectl serve every version: null stays null, anything else becomes {@link KUBERNETES}. */
export function toolVersion(version: string | null): string | null {
  return version === null ? null : KUBERNETES
}

export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'switchboard')
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
