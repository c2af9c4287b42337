/** An edge on this machine, for a cluster that is elsewhere: Kamailio and rtpengine as children of the run. They die with it, however it dies. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EdgeMachine, startEdge } from '#test/cluster/edge.ts'
import type { Feet } from '#test/cluster/edge-files.ts'
import { run } from '#test/cluster/run.ts'
import { has } from '#test/image/engine.ts'
import { freePort } from '#test/phones/process.ts'

/** Where phones are, too. */
export const OUTSIDE_HERE = '127.0.0.1'

const NEEDS = {
  kamailio: 'kamailio',
  kamcmd: 'kamailio',
  rtpengine: 'rtpengine-daemon',
  setpriv: 'util-linux',
} as const
const STOP_MS = 5000

export interface EdgeHere extends EdgeMachine {
  readonly feet: Feet
  close(): Promise<void>
}

/** @param inside address of this machine that pods reach */
export async function openEdgeHere(inside: string): Promise<EdgeHere> {
  const missing = Object.entries(NEEDS).filter(([command]) => !has(command))
  if (missing.length > 0)
    throw new Error(
      `not installed: ${missing.map(([command]) => command).join(', ')}. On Debian: apt-get install ${[...new Set(missing.map(([, of]) => of))].join(' ')}`,
    )
  const feet = { outside: OUTSIDE_HERE, inside, port: await freePort(), control: await freePort() }
  const folder = mkdtempSync(join(tmpdir(), 'edge-'))
  const children: ChildProcess[] = []
  const edge: EdgeHere = {
    folder,
    feet,
    run,
    daemon: (name, command, args) => {
      const log = openSync(join(folder, `${name}.log`), 'a')
      const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], { stdio: ['ignore', log, log] })
      closeSync(log)
      child.on('error', () => {})
      children.push(child)
      return child.pid ?? -1
    },
    close: async () => {
      await Promise.all(children.map(end))
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await startEdge(edge, feet)
    return edge
  } catch (error) {
    // Its logs stay: the error names them.
    await Promise.all(children.map(end))
    throw error
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const over = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await over
  clearTimeout(timer)
}
