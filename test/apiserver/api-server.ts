/** A real kube-apiserver with an etcd of its own, on 127.0.0.1: no controllers, no scheduler, no nodes. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { binary, chosenVersion, toolVersion } from './binaries.ts'
import { type Client, openClient } from './client.ts'
import { type Kubectl, kubectlFor } from './kubectl.ts'
import { type Leashed, leash } from './leash.ts'
import { freePort } from './ports.ts'

export interface ApiServerOptions {
  /** `1.34.4`; null for the binaries of KUBEBUILDER_ASSETS. Default: what the environment chooses. */
  readonly version?: string | null
  /** More flags for kube-apiserver. */
  readonly args?: readonly string[]
  /** Told of builds. */
  readonly log?: (line: string) => void
}

/** What a test needs to talk to the server; plain values, so that they can be handed to another process. */
export interface Access {
  readonly url: string
  /** Of a user in system:masters. */
  readonly token: string
  /** PEM. */
  readonly ca: string
  /** Path of a file with all of this. */
  readonly kubeconfig: string
  /** Path of the binary. */
  readonly kubectl: string
}

export interface ApiServer {
  readonly access: Access
  readonly client: Client
  readonly kubectl: Kubectl
  /** Of the process that serves now. */
  readonly pid: number
  /** Kills the API server, as a crash would; etcd and all data stay. */
  interrupt(): Promise<void>
  /** Starts it again on the same port, with the same keys. */
  resume(): Promise<void>
  /** Ends both and removes their data. Idempotent. */
  stop(): Promise<void>
}

const READY_MS = 60_000
const TRIES = 3

/** Starts one and waits until it is ready. When this process dies, however it dies, so do they. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const version = options.version === undefined ? chosenVersion() : options.version
  const paths = {
    etcd: await binary('etcd', toolVersion(version), options.log),
    kubectl: await binary('kubectl', toolVersion(version), options.log),
    server: await binary('kube-apiserver', version, options.log),
  }
  for (let left = TRIES; ; left--) {
    try {
      return await start(paths, options.args ?? [])
    } catch (error) {
      if (left <= 1 || !String(error).includes('address already in use')) throw error
    }
  }
}

interface Paths {
  readonly etcd: string
  readonly kubectl: string
  readonly server: string
}

async function start(paths: Paths, more: readonly string[]): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'apiserver-'))
  const [etcdPort, port] = [await freePort(), await freePort()]
  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const url = `https://127.0.0.1:${port}`
  const token = randomBytes(24).toString('hex')
  const keyFile = join(folder, 'service-accounts.pem')
  const tokenFile = join(folder, 'tokens.csv')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(tokenFile, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 })

  const etcdLog = join(folder, 'etcd.log')
  const serverLog = join(folder, 'kube-apiserver.log')
  const etcdArgs = flags({
    'data-dir': join(folder, 'etcd'),
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
    'listen-client-urls': etcdUrl,
    'advertise-client-urls': etcdUrl,
    'listen-peer-urls': 'http://127.0.0.1:0',
  })
  const serverArgs = flags({
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': folder,
    'token-auth-file': tokenFile,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': keyFile,
    'service-account-signing-key-file': keyFile,
    'service-cluster-ip-range': '10.96.0.0/16',
    'authorization-mode': 'RBAC',
    // Nobody makes the default account that every pod would need.
    'disable-admission-plugins': 'ServiceAccount',
    'endpoint-reconciler-type': 'none',
  }).concat(more)
  const launch = (): Promise<Leashed> => leash(paths.server, serverArgs, { log: serverLog, sweep: folder })

  const etcd = await leash(paths.etcd, etcdArgs, { log: etcdLog, sweep: folder })
  let server = await launch()
  let client: Client | undefined
  const stop = async (): Promise<void> => {
    await client?.close()
    await end(server, 'SIGKILL')
    await end(etcd, 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const until = performance.now() + READY_MS
    const ca = await certificate(folder, server, until)
    const opened = openClient({ url, token, ca })
    client = opened
    await ready(opened, server, until)
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, kubeconfigText(url, token, ca), { mode: 0o600 })
    const access: Access = { url, token, ca, kubeconfig, kubectl: paths.kubectl }
    return {
      access,
      client: opened,
      kubectl: kubectlFor(access),
      get pid() {
        return server.pid
      },
      interrupt: () => end(server, 'SIGKILL'),
      resume: async () => {
        server = await launch()
        await ready(opened, server, performance.now() + READY_MS)
      },
      stop,
    }
  } catch (error) {
    const said = await lastLines(serverLog, etcdLog)
    await stop()
    throw new Error(`no API server came up: ${String(error)}\n${said}`, { cause: error })
  }
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}

async function end(process: Leashed, signal: NodeJS.Signals): Promise<void> {
  process.signal(signal)
  await process.exited
}

/** The server makes its own certificate, and a CA with it, where it finds none. It writes the key last: with that, the certificate is whole. */
async function certificate(folder: string, server: Leashed, until: number): Promise<string> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '')
  return poll(server, until, async () =>
    (await read('apiserver.key')).includes('END') ? await read('apiserver.crt') : null,
  )
}

async function ready(client: Client, server: Leashed, until: number): Promise<void> {
  await poll(server, until, async () => {
    const answer = await client.request('GET', '/readyz').catch(() => null)
    return answer?.status === 200 ? true : null
  })
}

async function poll<T>(server: Leashed, until: number, look: () => Promise<T | null>): Promise<T> {
  let ended: number | undefined
  void server.exited.then(code => {
    ended = code
  })
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (ended !== undefined) throw new Error(`kube-apiserver exited with ${ended}`)
    if (performance.now() > until) throw new Error(`not ready after ${READY_MS / 1000} s`)
    await sleep(50)
  }
}

async function lastLines(...files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')))
  return texts.map((text, i) => `${files[i]}:\n${text.trimEnd().split('\n').slice(-15).join('\n')}`).join('\n')
}

function kubeconfigText(url: string, token: string, ca: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  })
}
