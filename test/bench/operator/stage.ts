/**
 * A control plane without machines: API server with an audit log, controller manager and scheduler, each its own process, and kwok for nodes.
 * The operator's account and its rights are those of the chart.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAllDocuments, stringify } from 'yaml'
import { installCrds } from '#test/api/crds.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { binary, helm, kwok } from '#test/apiserver/binaries.ts'
import { type Leashed, leash } from '#test/apiserver/leash.ts'
import { openHelm } from '#test/charts/helm.ts'
import { SPEED, STAGES } from './stages.ts'

export const SYSTEM = 'switchboard-system'
const PODS_PER_NODE = 110
/** So that there is room for more than is wanted. */
const PODS_MEANT_PER_NODE = 100
const NODES_MS = 60_000

export interface Stage {
  readonly server: ApiServer
  /** Lines of JSON: every write, by whom. */
  readonly audit: string
  /** Where logs are. */
  readonly folder: string
  /** A kubeconfig with the rights that the chart gives the operator. */
  readonly operatorKubeconfig: string
  /** Of the controller manager. */
  readonly controllersPid: number
  close(): Promise<void>
}

/** Reads are not asked for, and a write is told once, when it is answered. */
const AUDIT = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] }, { level: 'None' }],
}

/** @param qps of each client of the controller manager and the scheduler */
export async function setStage(pods: number, qps: number, say: (line: string) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-operator-'))
  const policy = join(folder, 'audit-policy.json')
  const audit = join(folder, 'audit.log')
  writeFileSync(policy, JSON.stringify(AUDIT))
  const processes: Leashed[] = []
  const server = await startApiServer({
    args: [`--audit-policy-file=${policy}`, `--audit-log-path=${audit}`, '--audit-log-maxsize=4000'],
    log: say,
  })
  const close = async (): Promise<void> => {
    for (const process of processes) {
      process.signal('SIGKILL')
      await process.exited
    }
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await installCrds(server)
    const { kubeconfig } = server.access
    const start = async (path: string, args: readonly string[]): Promise<Leashed> => {
      const process = await leash(path, args, { log: join(folder, `${path.split('/').at(-1)}.log`), sweep: folder })
      processes.push(process)
      return process
    }
    const limits = [`--kube-api-qps=${qps}`, `--kube-api-burst=${2 * qps}`]
    const control = [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      '--secure-port=0',
    ]
    const controllers = await start(await binary('kube-controller-manager', undefined, say), [...control, ...limits])
    await start(await binary('kube-scheduler', undefined, say), [...control, ...limits])
    const stages = join(folder, 'stages.yaml')
    writeFileSync(stages, [SPEED, ...STAGES].map(document => stringify(document)).join('---\n'))
    const alive = ['--manage-all-nodes', '--node-lease-duration-seconds=40']
    await start(await kwok(say), [`--kubeconfig=${kubeconfig}`, `--config=${stages}`, ...alive])
    await makeNodes(server, Math.ceil(pods / PODS_MEANT_PER_NODE))
    await giveRights(server)
    const operatorKubeconfig = join(folder, 'operator.kubeconfig')
    writeFileSync(operatorKubeconfig, await operatorAccess(server), { mode: 0o600 })
    return { server, audit, folder, operatorKubeconfig, controllersPid: controllers.pid, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function makeNodes({ client }: ApiServer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `node-${i}`
    const amounts = { cpu: '64', memory: '256Gi', pods: String(PODS_PER_NODE) }
    const made = await client.request('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `z${i % 3}` } },
      // Every pod has an address of its own on this machine.
      spec: { podCIDR: `127.${10 + (i >> 8)}.${i & 255}.0/24` },
      status: { capacity: amounts, allocatable: amounts },
    })
    if (made.status !== 201) throw new Error(`no node: ${JSON.stringify(made.body)}`)
  }
  for (const until = performance.now() + NODES_MS; performance.now() < until; await sleep(200)) {
    const { body } = await client.request('GET', '/api/v1/nodes')
    const { items } = body as { items: { status: { conditions?: { type: string; status: string }[] } }[] }
    const isReady = items.filter(node => node.status.conditions?.some(c => c.type === 'Ready' && c.status === 'True'))
    if (isReady.length === count) return
  }
  throw new Error(`kwok has not made ${count} nodes Ready in ${NODES_MS / 1000} s`)
}

/** What of the chart decides about requests: the account, its roles, its place in the queue. */
const RIGHTS = /^(ServiceAccount|(Cluster)?Role(Binding)?|FlowSchema)$/

async function giveRights(server: ApiServer): Promise<void> {
  const { helm: run, close } = openHelm(await helm())
  try {
    const { code, out, err } = await run('template', 'switchboard', 'charts/switchboard', '-n', SYSTEM)
    if (code !== 0) throw new Error(`helm template: ${err}`)
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } }
    const rights = parseAllDocuments(out)
      .map(document => document.toJS() as { kind?: string } | null)
      .filter(object => RIGHTS.test(object?.kind ?? ''))
    const manifests = [namespace, ...rights].map(object => stringify(object)).join('---\n')
    const applied = await server.kubectl(['apply', '--server-side', '-n', SYSTEM, '-f', '-'], manifests)
    if (applied.code !== 0) throw new Error(applied.err)
  } finally {
    close()
  }
}

async function operatorAccess({ access, client }: ApiServer): Promise<string> {
  const account = `/api/v1/namespaces/${SYSTEM}/serviceaccounts/switchboard-operator/token`
  const answer = await client.request('POST', account, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 86_400 },
  })
  const { status } = answer.body as { status?: { token?: string } }
  const cluster = { server: access.url, 'certificate-authority-data': Buffer.from(access.ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster }],
    users: [{ name: 'operator', user: { token: status?.token ?? '' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'operator', namespace: SYSTEM } }],
    'current-context': 'bench',
  })
}
