/** Where the binaries of a real Kubernetes are. They are built once through the Go module proxy and kept outside the tree, by version. */
import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { goBuild } from './go-build.ts'

/** The version that tests run on unless told otherwise. */
export const KUBERNETES = '1.34.4'
/** Other versions that the API must work on: only their API server is built, with etcd and kubectl of {@link KUBERNETES}. */
export const OTHER_VERSIONS = ['1.32.13', '1.36.3'] as const

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
  const path = join(cacheFolder(), version, 'bin', name)
  if (await isExecutable(path)) return path
  await goBuild({
    package: PACKAGES[name],
    modules: join(import.meta.dirname, 'modules', version),
    version: `v${version}`,
    output: path,
    log,
  })
  return path
}

/** etcd and kubectl serve every version: null stays null, anything else becomes {@link KUBERNETES}. */
export function toolVersion(version: string | null): string | null {
  return version === null ? null : KUBERNETES
}

export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'switchboard', 'kubernetes')
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
