/**
 * Where the API server is and who we are, from a kubeconfig or a pod's service account, by @kubernetes/client-node. Only this is taken of
 * it: its own calls make a new connection each (2.0.1, `createDispatcher`). The result is plain, so that a thread can be given it.
 */
import type { ConnectionOptions } from 'node:tls'
import { kubeConfigMissing } from '../errors.ts'

/** How to connect: what undici's Agent or ProxyAgent takes, without functions. */
export interface Wire {
  readonly tls: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
  >
  /** URL of an HTTP proxy, or null. */
  readonly proxy: string | null
}

export interface Credentials {
  /** Such as `https://10.0.0.1:6443`, perhaps with a path. */
  readonly server: string
  readonly headers: Readonly<Record<string, string>>
  readonly wire: Wire
}

/** Gives credentials that are good now: tokens rotate, so it is asked again and again. */
export type CredentialSource = () => Promise<Credentials>

export interface ConfiguredCluster {
  readonly credentials: CredentialSource
  /** Namespace of the pod or of the kubeconfig's context. */
  readonly namespace: string
}

/**
 * Loads KUBECONFIG, `~/.kube/config` or the pod's service account, in that order.
 * @throws SB_KUBE_CONFIG when there is none
 */
export async function loadCluster(kubeconfig?: string): Promise<ConfiguredCluster> {
  // Loaded when asked for: it costs a second and 60 MB.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromString(kubeconfig)
  } catch (error) {
    throw kubeConfigMissing(error instanceof Error ? error.message : String(error))
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw kubeConfigMissing('no current context')
  const server = cluster.server.replace(/\/+$/, '')
  if (server === 'http://localhost:8080' && kubeconfig === undefined)
    throw kubeConfigMissing('neither a kubeconfig nor a service account was found')
  const credentials: CredentialSource = async () => {
    const options: Parameters<typeof config.applyToHTTPSOptions>[0] = { headers: {} }
    await config.applyToHTTPSOptions(options)
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
      ),
    )
    if ('auth' in options && typeof options.auth === 'string') headers['authorization'] = `Basic ${btoa(options.auth)}`
    return { server, headers, wire: { tls: tlsOf(options), proxy: cluster.proxyUrl ?? null } }
  }
  const context = config.getContextObject(config.getCurrentContext())
  return { credentials, namespace: context?.namespace ?? 'default' }
}

function tlsOf(options: object): Wire['tls'] {
  const from = options as Wire['tls']
  const tls: Record<string, unknown> = {}
  for (const name of ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized'] as const)
    if (from[name] !== undefined) tls[name] = from[name]
  return tls
}
