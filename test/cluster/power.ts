/** Nodes that lose their power, and nodes that lose the API server. */
import { endProcesses } from './end-processes.ts'
import { bootAgain } from './machine.ts'
import { type NodeBinaries, startPrograms } from './node.ts'
import { CONTROL, linkOf, type Node } from './plan.ts'
import { ip, run } from './run.ts'

/** Everything on it dies at once, and it answers nobody: not even that a port is closed. */
export async function switchOff(node: Node): Promise<void> {
  await ip(`link set ${linkOf(node)} down`)
  await endProcesses(node.name, `${node.name}/`)
}

/** It boots: what it keeps on disk is there, what ran on it is started again by its kubelet. */
export async function switchOn(node: Node, binaries: NodeBinaries & { readonly pause: string }): Promise<void> {
  await ip(`link set ${linkOf(node)} up`)
  await startPrograms(await bootAgain(node, binaries.pause), node, binaries)
}

/** Where translation of addresses is over, so that what goes to the Service of the API server is met too. */
const WIRE = [
  ['POSTROUTING', '-d', CONTROL.address, '-j', 'DROP'],
  ['PREROUTING', '-s', CONTROL.address, '-j', 'DROP'],
]

/** Nothing passes between it, or its pods, and the API server any more; everything else does. */
export async function cutOff(node: Node): Promise<void> {
  for (const [chain = '', ...rule] of WIRE) await iptables(node, '-I', chain, '1', ...rule)
}

/** Idempotent. */
export async function reconnect(node: Node): Promise<void> {
  for (const rule of WIRE) while (await isThere(node, rule)) await iptables(node, '-D', ...rule)
}

function isThere(node: Node, rule: readonly string[]): Promise<boolean> {
  return iptables(node, '-C', ...rule).then(
    () => true,
    () => false,
  )
}

function iptables(node: Node, ...args: string[]): Promise<string> {
  return run('nsenter', [`--net=/run/netns/${node.name}`, '--', 'iptables', '-w', '-t', 'mangle', ...args])
}
