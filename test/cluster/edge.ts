/** The edge of a cluster: on a machine of its own, or on this one; told by tests which workers there are. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  controlSocket,
  type Feet,
  kamailioConfig,
  type Routed,
  routesIn,
  rtpengineFlags,
  workersFile,
  workersList,
} from './edge-files.ts'
import type { Running } from './machine.ts'
import { startOf } from './run.ts'

const START_MS = 10_000
/** Where an edge runs. */
export type EdgeMachine = Pick<Running, 'folder' | 'daemon' | 'run'>

/** Arguments of `nice`: who carries sound goes before who compiles, for it is heard when it comes late. */
const AHEAD = ['-n', '-10'] as const

export async function startEdge(machine: EdgeMachine, feet: Feet): Promise<void> {
  const { folder } = machine
  writeFileSync(workersFile(folder), '')
  writeFileSync(join(folder, 'kamailio.cfg'), kamailioConfig(folder, feet))
  const relay = machine.daemon('rtpengine', 'nice', [...AHEAD, 'rtpengine', ...rtpengineFlags(folder, feet)])
  const flags = ['-DD', '-E', '-m', '64', '-M', '4', '-w', folder, '-Y', folder, '-P', join(folder, 'kamailio.pid')]
  const proxy = machine.daemon('kamailio', 'nice', [...AHEAD, 'kamailio', '-f', join(folder, 'kamailio.cfg'), ...flags])
  for (const until = performance.now() + START_MS; performance.now() < until; await sleep(100)) {
    if (startOf(relay) === null) throw new Error(`rtpengine ended: see ${folder}/rtpengine.log`)
    if (startOf(proxy) === null) throw new Error(`Kamailio ended: see ${folder}/kamailio.log`)
    if (existsSync(controlSocket(folder))) return
  }
  throw new Error(`the edge did not start: see ${folder}/kamailio.log`)
}

/** Says which workers take calls from now on; calls that are up stay where they are. */
export async function setWorkers(machine: EdgeMachine, workers: readonly string[]): Promise<void> {
  const file = workersFile(machine.folder)
  writeFileSync(`${file}.new`, workersList(workers))
  renameSync(`${file}.new`, file)
  await machine.run('kamcmd', ['-s', `unix:${controlSocket(machine.folder)}`, 'dispatcher.reload'])
}

/** Which workers were asked to take which calls, since the edge started. */
export function routed(machine: EdgeMachine): Routed[] {
  return routesIn(readFileSync(join(machine.folder, 'kamailio.log'), 'utf8'))
}
