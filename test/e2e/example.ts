/** The example of an agent on a cluster, as a run applies it. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import type { Place } from './place.ts'

const EXAMPLE = 'examples/on-a-cluster'
const TRUNK = 'trunk.yaml'
/** Where it is put when it is not applied as it is. */
const CHANGED = 'out/e2e'

/** Its folder. Where the edge is none of the machines that the trunk names, a copy whose trunk names it. @param tree of the sources that have it */
export function exampleFor({ peer }: Pick<Place, 'peer'>, tree = '.'): string {
  const folder = join(tree, EXAMPLE)
  if (peer === null) return folder
  const changed = join(tree, CHANGED, 'on-a-cluster')
  rmSync(changed, { recursive: true, force: true })
  cpSync(folder, changed, { recursive: true })
  writeFileSync(join(changed, TRUNK), trunkWith(readFileSync(join(folder, TRUNK), 'utf8'), peer))
  return changed
}

/**
 * Pure. Named alone, also where it is in a network that is named: what the chart denies is left out of networks, and an edge may be on a node.
 * @param trunk YAML of a SipTrunk @param peer `192.0.2.7/32`
 */
export function trunkWith(trunk: string, peer: string): string {
  const document = parseDocument(trunk)
  document.addIn(['spec', 'sip', 'peers'], document.createNode({ cidr: peer }))
  return document.toString()
}
