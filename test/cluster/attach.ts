/** The running cluster, for whoever did not start it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attach, type Running } from './machine.ts'
import { importImage, killTask, pidOf } from './node.ts'
import { EDGE, NODES } from './plan.ts'

export interface Cluster {
  readonly edge: Running
  readonly nodes: readonly Running[]
  /** Puts an archive of an image on every node. @returns false: this very file is there already */
  load(archive: string): Promise<boolean>
  /** Kills a container (`containerd://…`) of a node. */
  killContainer(node: string, id: string): Promise<void>
  /** Output of a command of this machine, run on a node's network. */
  onNode(node: string, command: string, args: readonly string[], input?: string): Promise<string>
  /** The same, run on the network of a container (`containerd://…`): its addresses, its routes, its policies. */
  inContainer(node: string, id: string, command: string, args: readonly string[], input?: string): Promise<string>
}

/** @throws Error when there is none */
export function attachCluster(): Cluster {
  const nodes = NODES.map(attach)
  const named = (node: string): Running => {
    const found = nodes[NODES.findIndex(one => one.node === node)]
    if (found === undefined) throw new Error(`there is no node "${node}"`)
    return found
  }
  return {
    edge: attach(EDGE),
    nodes,
    killContainer: (node, id) => killTask(named(node).folder, id.replace('containerd://', '')),
    onNode: (node, command, args, input) => named(node).run(command, args, input),
    inContainer: async (node, id, command, args, input) => {
      const machine = named(node)
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
