/** Child processes of a test: started with their output kept, stopped by their own handle, never by name. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Output beyond this is dropped from the front, so that a chatty peer cannot fill the memory. */
const MAX_OUTPUT = 1_000_000

export interface Child {
  readonly pid: number
  /** What it printed so far, both streams. */
  output(): string
  /** Resolves with the exit code; signals count as 128. */
  readonly exited: Promise<number>
  /** Resolves once the output matches; rejects when it exits or `ms` pass. */
  waitFor(pattern: RegExp, ms: number): Promise<RegExpMatchArray>
  /** SIGTERM, then SIGKILL after `graceMs`. Idempotent. */
  stop(graceMs?: number): Promise<number>
  signal(name: NodeJS.Signals): void
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  running.add(child)
  let text = ''
  const listeners = new Set<() => void>()
  const take = (chunk: Buffer): void => {
    text += chunk.toString()
    if (text.length > MAX_OUTPUT) text = text.slice(-MAX_OUTPUT / 2)
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const exited = new Promise<number>(resolve => {
    child.on('error', error => {
      text += `\n${error.message}`
      resolve(127)
    })
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? (signal === null ? 1 : 128))
    })
  })
  return {
    pid: child.pid ?? -1,
    output: () => text,
    exited,
    signal: name => void child.kill(name),
    waitFor: (pattern, ms) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer)
          listeners.delete(look)
        }
        const fail = (why: string): void => {
          done()
          reject(new Error(`${command}: ${why} while waiting for ${String(pattern)}; it said:\n${text.slice(-3000)}`))
        }
        const look = (): void => {
          const match = pattern.exec(text)
          if (match === null) return
          done()
          resolve(match)
        }
        const timer = setTimeout(() => fail(`${ms} ms passed`), ms)
        listeners.add(look)
        void exited.then(code => {
          look()
          if (listeners.has(look)) fail(`exited with ${code}`)
        })
        look()
      }),
    stop: async (graceMs = 5000) => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
}

/** A port free on 127.0.0.1 at this moment for both UDP and TCP. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const server = createServer()
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    await new Promise(resolve => server.close(resolve))
    if (await udpFree(port)) return port
  }
  throw new Error('no free port on 127.0.0.1')
}

function udpFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
}

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
