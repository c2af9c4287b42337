/** The running cluster, for whoever did not start it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attach, type Running } from './machine.ts'
import { importImage, killTask } from './node.ts'
import { EDGE, NODES } from './plan.ts'

export interface Cluster {
  readonly edge: Running
  readonly nodes: readonly Running[]
  /** Puts an archive of an image on every node. @returns false: this very file is there already */
  load(archive: string): Promise<boolean>
  /** Kills a container (`containerd://…`) of a node. */
  killContainer(node: string, id: string): Promise<void>
}

/** @throws Error when there is none */
export function attachCluster(): Cluster {
  const nodes = NODES.map(attach)
  return {
    edge: attach(EDGE),
    nodes,
    killContainer: async (node, id) => {
      const folder = nodes[NODES.findIndex(one => one.node === node)]?.folder ?? ''
      await killTask(folder, id.replace('containerd://', ''))
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
