/** The running cluster, for whoever did not start it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterBinaries } from './binaries.ts'
import { apiServerOf, compact, killApiServer, startApiServer } from './control-plane.ts'
import { recorded } from './journal.ts'
import { attach, type Running } from './machine.ts'
import { livingOf } from './made.ts'
import { importImage, killTask, pidOf } from './node.ts'
import { CONTROL, EDGE, NODES, type Node } from './plan.ts'
import { cutOff, reconnect, switchOff, switchOn } from './power.ts'
import type { Say } from './progress.ts'

export interface Cluster {
  readonly edge: Running
  readonly nodes: readonly Running[]
  /** Puts an archive of an image on every node. @returns false: this very file is there already */
  load(archive: string): Promise<boolean>
  /** Kills a container (`containerd://…`) of a node. */
  killContainer(node: string, id: string): Promise<void>
  /** Takes a node's power away. */
  switchOff(node: string): Promise<void>
  switchOn(node: string): Promise<void>
  /** Cuts a node and its pods from the API server, and from nothing else. */
  cutOff(node: string): Promise<void>
  reconnect(node: string): Promise<void>
  killApiServer(): Promise<void>
  /** Resolves when it is ready. */
  startApiServer(): Promise<void>
  /** Makes etcd forget its history. */
  compact(): Promise<void>
  /** Output of a command of this machine, run on a node's network. */
  onNode(node: string, command: string, args: readonly string[], input?: string): Promise<string>
  /** The same, run on the network of a container (`containerd://…`): its addresses, its routes, its policies. */
  inContainer(node: string, id: string, command: string, args: readonly string[], input?: string): Promise<string>
}

/** @throws Error when there is none */
export async function attachCluster(say: Say): Promise<Cluster> {
  const binaries = await clusterBinaries(say)
  await mend(binaries)
  const nodes = NODES.map(attach)
  const running = (node: string): Running => attach(named(node))
  return {
    edge: attach(EDGE),
    nodes,
    switchOff: node => switchOff(named(node)),
    switchOn: node => switchOn(named(node), binaries),
    cutOff: node => cutOff(named(node)),
    reconnect: node => reconnect(named(node)),
    killApiServer: () => killApiServer(attach(CONTROL)),
    startApiServer: () => startApiServer(attach(CONTROL), binaries),
    compact: () => compact(attach(CONTROL)),
    killContainer: (node, id) => killTask(running(node).folder, id.replace('containerd://', '')),
    onNode: (node, command, args, input) => running(node).run(command, args, input),
    inContainer: async (node, id, command, args, input) => {
      const machine = running(node)
      const pid = await pidOf(machine, id.replace('containerd://', ''))
      return machine.run('nsenter', ['--target', pid, '--net', '--', command, ...args], input)
    },
    load: async archive => {
      const { mtimeMs, size } = statSync(archive)
      const stamp = `${archive} ${size} ${mtimeMs}`
      const loaded = await Promise.all(
        nodes.map(async ({ folder }) => {
          const file = join(folder, 'loaded')
          if (existsSync(file) && readFileSync(file, 'utf8') === stamp) return false
          await importImage(folder, archive)
          writeFileSync(file, stamp)
          return true
        }),
      )
      return loaded.includes(true)
    },
  }
}

/** Puts right what a test that broke off has left switched off, cut or killed. */
async function mend(binaries: Awaited<ReturnType<typeof clusterBinaries>>): Promise<void> {
  const living = new Set(livingOf(recorded()).map(({ name }) => name))
  if (!living.has(apiServerOf(CONTROL))) await startApiServer(attach(CONTROL), binaries)
  for (const node of NODES) {
    if (!living.has(node.name)) await switchOn(node, binaries)
    await reconnect(node)
  }
}

function named(node: string): Node {
  const found = NODES.find(one => one.node === node)
  if (found === undefined) throw new Error(`there is no node ${node}`)
  return found
}
