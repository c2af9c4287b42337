/** etcd, the API server, the controller manager and the scheduler, on a machine of their own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcesses } from './end-processes.ts'
import { KEYS, kubeconfigOf } from './keys.ts'
import type { Running } from './machine.ts'
import { CONTROL, type Machine, SERVICES } from './plan.ts'
import { run, startOf, tryRun } from './run.ts'

/** Paths of binaries. */
export interface ControlBinaries {
  readonly etcd: string
  readonly 'kube-apiserver': string
  readonly 'kube-controller-manager': string
  readonly 'kube-scheduler': string
  readonly kubectl: string
}

const ETCD = 'http://127.0.0.1:2379'
const API_SERVER = 'kube-apiserver'
const READY_MS = 60_000

/** Who asked for what, without contents: what our programs really use of their rights is read from it. */
const AUDIT = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    // Of the cluster's own parts nobody asks, and they ask a lot.
    { level: 'None', userGroups: ['system:nodes'] },
    { level: 'None', users: ['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler'] },
    { level: 'Metadata' },
  ],
}

export async function startControlPlane(machine: Running, binaries: ControlBinaries): Promise<void> {
  machine.daemon('etcd', binaries.etcd, etcdFlags(machine.folder))
  await startApiServer(machine, binaries)
  machine.daemon('kube-controller-manager', binaries['kube-controller-manager'], controllerManagerFlags())
  machine.daemon(
    'kube-scheduler',
    binaries['kube-scheduler'],
    flags({ kubeconfig: kubeconfigOf('scheduler'), 'leader-elect': 'false' }),
  )
}

/** Resolves when it is ready. */
export async function startApiServer(
  machine: Running,
  binaries: Pick<ControlBinaries, 'kube-apiserver' | 'kubectl'>,
): Promise<void> {
  const server = machine.daemon(API_SERVER, binaries['kube-apiserver'], apiServerFlags(machine.folder))
  await answers(binaries.kubectl, machine.folder, server)
}

/** As what it is written down. */
export function apiServerOf(machine: Machine): string {
  return `${machine.name}/${API_SERVER}`
}

/** As if its machine had lost it: no word to anybody. etcd and the controllers stay. */
export async function killApiServer(machine: Running): Promise<void> {
  await endProcesses(apiServerOf(machine.machine))
}

/** Makes etcd forget all history up to now. */
export async function compact(machine: Running): Promise<void> {
  await machine.run(process.execPath, ['-e', COMPACT])
}

const COMPACT = `
const ask = async (path, body) => {
  const response = await fetch('${ETCD}/v3/' + path, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(path + ': ' + await response.text())
  return response.json()
}
const { header } = await ask('maintenance/status', {})
await ask('kv/compaction', { revision: header.revision, physical: true })`

async function answers(kubectl: string, folder: string, pid: number): Promise<void> {
  const ready = ['--kubeconfig', kubeconfigOf('admin'), 'get', '--raw', '/readyz']
  for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(200)) {
    if (await tryRun(kubectl, ready)) return
    if (startOf(pid) === null) break
  }
  const said = await run('tail', ['-n', '5', join(folder, 'kube-apiserver.log')])
  throw new Error(`no API server came up; it said last:\n${said}`)
}

function etcdFlags(folder: string): string[] {
  return flags({
    'data-dir': join(folder, 'etcd'),
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
    'listen-client-urls': ETCD,
    'advertise-client-urls': ETCD,
    'listen-peer-urls': 'http://127.0.0.1:2380',
  })
}

function apiServerFlags(folder: string): string[] {
  const policy = join(folder, 'audit-policy.json')
  writeFileSync(policy, JSON.stringify(AUDIT))
  const key = (name: string): string => join(KEYS, name)
  return flags({
    'etcd-servers': ETCD,
    'bind-address': CONTROL.address,
    'advertise-address': CONTROL.address,
    'secure-port': '6443',
    'tls-cert-file': key('apiserver.crt'),
    'tls-private-key-file': key('apiserver.key'),
    'client-ca-file': key('ca.crt'),
    'kubelet-client-certificate': key('admin.crt'),
    'kubelet-client-key': key('admin.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-key-file': key('accounts.pub'),
    'service-account-signing-key-file': key('accounts.key'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': SERVICES,
    'authorization-mode': 'Node,RBAC',
    // The second is OpenShift's default, and refuses owners that one may not finalize.
    'enable-admission-plugins': 'NodeRestriction,OwnerReferencesPermissionEnforcement',
    // Webhooks and aggregated APIs are reached on pod addresses: no kube-proxy serves this machine.
    'enable-aggregator-routing': 'true',
    'allow-privileged': 'true',
    'audit-policy-file': policy,
    'audit-log-path': join(folder, 'audit.log'),
    'audit-log-maxsize': '200',
    'audit-log-maxbackup': '2',
  })
}

function controllerManagerFlags(): string[] {
  const key = (name: string): string => join(KEYS, name)
  return flags({
    kubeconfig: kubeconfigOf('controller-manager'),
    'root-ca-file': key('ca.crt'),
    'service-account-private-key-file': key('accounts.key'),
    'cluster-signing-cert-file': key('ca.crt'),
    'cluster-signing-key-file': key('ca.key'),
    'use-service-account-credentials': 'true',
    'leader-elect': 'false',
  })
}

export function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
