/** A node: containerd, kubelet and kube-proxy on a machine of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { putCgroupAhead } from './ahead.ts'
import { flags } from './control-plane.ts'
import { record } from './journal.ts'
import { KEYS, kubeconfigOf } from './keys.ts'
import type { Running } from './machine.ts'
import { cgroupOf, nodeFiles, socketOf } from './node-files.ts'
import type { Node } from './plan.ts'
import { queueRules } from './policies.ts'
import { run, tryRun } from './run.ts'

export interface NodeBinaries {
  readonly kubelet: string
  readonly 'kube-proxy': string
}

const CGROUPS = '/sys/fs/cgroup'
const SOCKET_MS = 20_000

/** @param images archives that its containerd has before any pod comes */
export async function startNode(
  machine: Running,
  node: Node,
  binaries: NodeBinaries,
  images: readonly string[],
): Promise<void> {
  const { folder } = machine
  for (const [name, text] of Object.entries(nodeFiles(node, folder, KEYS))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  makeCgroups(node)
  await machine.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
  for (const rule of queueRules(node)) await machine.run('iptables', rule)
  await startPrograms(machine, node, binaries, images)
}

/** @param images archives to bring first */
export async function startPrograms(
  machine: Running,
  node: Node,
  binaries: NodeBinaries,
  images: readonly string[] = [],
): Promise<void> {
  const { folder } = machine
  machine.daemon('containerd', 'containerd', ['--config', join(folder, 'containerd.toml')])
  await containerdAnswers(folder)
  for (const image of images) await importImage(folder, image)
  startKubelet(machine, node, binaries)
  machine.daemon('kube-proxy', binaries['kube-proxy'], flags({ config: join(folder, 'proxy.json') }))
}

function startKubelet(machine: Running, node: Node, { kubelet }: NodeBinaries): void {
  const values = {
    config: join(machine.folder, 'kubelet.json'),
    kubeconfig: kubeconfigOf(node.node),
    'hostname-override': node.node,
    'node-ip': node.address,
    'cert-dir': join(machine.folder, 'kubelet-certificates'),
    'node-labels': `topology.kubernetes.io/zone=${node.zone}`,
  }
  machine.daemon('kubelet', kubelet, flags(values))
}

/** Puts an image into a node. It is the node's own: nothing is pulled. */
export async function importImage(folder: string, archive: string): Promise<void> {
  await run('ctr', ['--address', socketOf(folder), '--namespace', 'k8s.io', 'images', 'import', archive])
}

export async function killTask(folder: string, id: string): Promise<void> {
  const where = ['--address', socketOf(folder), '--namespace', 'k8s.io']
  await run('ctr', [...where, 'tasks', 'kill', '--signal', 'SIGKILL', id])
}

/** The first process of a container, by its number on the node. */
export async function pidOf(machine: Running, id: string): Promise<string> {
  const listed = await machine.run('ctr', [
    '--address',
    socketOf(machine.folder),
    '--namespace',
    'k8s.io',
    'tasks',
    'ls',
  ])
  const [, pid] =
    listed
      .split('\n')
      .map(line => line.split(/\s+/))
      .find(([task]) => task === id) ?? []
  if (pid === undefined) throw new Error(`no process runs in the container ${id}`)
  return pid
}

async function containerdAnswers(folder: string): Promise<void> {
  for (const until = performance.now() + SOCKET_MS; performance.now() < until; await sleep(100))
    if (existsSync(socketOf(folder)) && (await tryRun('ctr', ['--address', socketOf(folder), 'version']))) return
  throw new Error(`containerd does not answer: see ${folder}/containerd.log`)
}

/** Each node has its pods below a cgroup of its own. With the first version of cgroups that is one in every hierarchy. */
function makeCgroups(node: Node): void {
  const unified = existsSync(join(CGROUPS, 'cgroup.controllers'))
  const hierarchies = unified ? [CGROUPS] : readdirSync(CGROUPS).map(name => join(CGROUPS, name))
  for (const hierarchy of hierarchies) {
    if (!existsSync(join(hierarchy, 'cgroup.procs'))) continue
    const path = join(hierarchy, cgroupOf(node))
    record({ made: 'cgroup', path })
    mkdirSync(path, { recursive: true })
    putCgroupAhead(path)
    // Empty in a new one, and then no process may enter.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (!unified && existsSync(join(path, file)))
        writeFileSync(join(path, file), readFileSync(join(hierarchy, file), 'utf8'))
  }
}
