/** Makes the cluster: from nothing to two nodes that are Ready. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Binaries, clusterBinaries } from './binaries.ts'
import { startControlPlane } from './control-plane.ts'
import { DNS_IMAGE, dnsManifests } from './dns.ts'
import { takeDown } from './down.ts'
import { startEdge } from './edge.ts'
import { imageOf } from './images.ts'
import { bootId, record, recorded, recordedByOthers } from './journal.ts'
import { kubeconfigOf, makeKeys } from './keys.ts'
import { makeBridge, makeOutside, startMachine } from './machine.ts'
import { livingOf, wasUp } from './made.ts'
import { lacks } from './needs.ts'
import { startNode } from './node.ts'
import { PAUSE_IMAGE } from './node-files.ts'
import { CONTROL, EDGE, FEET, FOLDER, NODES } from './plan.ts'
import { POLICIES_IMAGE, policyManifests } from './policies.ts'
import type { Say } from './progress.ts'
import { run, startOf } from './run.ts'
import { keepSettings } from './settings.ts'

const KUBELET_ROOT = '/var/lib/kubelet'
const READY_MS = 120_000

/** @returns false: it was running already @throws Error in words, with nothing left half made */
export async function bringUp(say: Say): Promise<boolean> {
  if (isRunning()) return false
  const missing = lacks()
  if (missing.length > 0) throw new Error(`this machine cannot have a cluster:\n  ${missing.join('\n  ')}`)
  if (recorded().length > 0) {
    say('a cluster was left behind half made or half dead: taken down first')
    await takeDown(say)
  }
  const binaries = await clusterBinaries(say)
  const images = await imagesOf(binaries)
  say('programs and images are there')
  try {
    await make(binaries, images, say)
  } catch (error) {
    if (process.env['SWITCHBOARD_KEEP'] === undefined) await takeDown(say)
    throw error
  }
  record({ made: 'up', at: new Date().toISOString() })
  return true
}

async function imagesOf(binaries: Binaries): Promise<string[]> {
  const tags = { pause: PAUSE_IMAGE, coredns: DNS_IMAGE, 'kube-network-policies': POLICIES_IMAGE } as const
  const archives: string[] = []
  for (const name of ['pause', 'coredns', 'kube-network-policies'] as const)
    archives.push(await imageOf(binaries[name], tags[name]))
  return archives
}

/** Up, and every process of it alive. */
export function isRunning(): boolean {
  const made = recorded()
  if (!wasUp(made, bootId())) return false
  return livingOf(made).every(({ pid, start }) => startOf(pid) === start)
}

async function make(binaries: Binaries, images: readonly string[], say: Say): Promise<void> {
  record({ made: 'folder', path: FOLDER })
  keepSettings()
  // A kubelet wants it, and each has its own mounted there. One that was there before any cluster stays.
  const ours = recordedByOthers().some(thing => thing.made === 'mountpoint' && thing.path === KUBELET_ROOT)
  if (ours || !existsSync(KUBELET_ROOT)) record({ made: 'mountpoint', path: KUBELET_ROOT })
  await run('mkdir', ['-p', KUBELET_ROOT])
  await makeKeys()
  await makeBridge()
  say('keys, bridge')
  await startControlPlane(await startMachine(CONTROL, binaries.pause), binaries)
  say('API server, controller manager, scheduler')
  const edge = await startMachine(EDGE, binaries.pause)
  await makeOutside(EDGE)
  await startEdge(edge, FEET)
  await Promise.all(
    NODES.map(async node => startNode(await startMachine(node, binaries.pause), node, binaries, images)),
  )
  say('containerd, kubelet, kube-proxy on each node')
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    run(binaries.kubectl, ['--kubeconfig', kubeconfigOf('admin'), ...args], input)
  await kubectl(['apply', '-f', '-'], `${policyManifests()}---\n${dnsManifests()}`)
  await ready(kubectl)
  say('both nodes Ready')
  await kubectl(['-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s'])
  await kubectl(['-n', 'kube-system', 'rollout', 'status', 'daemonset/kube-network-policies', '--timeout=120s'])
  say('policies are enforced, names are resolved')
}

async function ready(kubectl: (args: readonly string[]) => Promise<string>): Promise<void> {
  const path = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}'
  for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(500)) {
    const states = (await kubectl(['get', 'nodes', '-o', `jsonpath=${path}`])).split('\n')
    if (states.length === NODES.length && states.every(state => state === 'True')) return
  }
  throw new Error(`the nodes are not Ready after ${READY_MS / 1000} s:\n${await kubectl(['get', 'nodes'])}`)
}
