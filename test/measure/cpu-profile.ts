/**
 * Where a process spends its CPU: what V8 saw in each of its JavaScript threads, asked for over the inspector, so that nothing is loaded into what is
 * measured, and what the kernel counted for every thread, V8's and libuv's own among them. A profile slows down what it looks at: its run is not the figure.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { Report } from '#test/harness/report.ts'
import { freePort } from '#test/phones/process.ts'
import { MS_PER_TICK } from './process-stat.ts'

/** Lines of the summary: below that it is crumbs. */
const MOST = 25

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** What Node is told so that it can be profiled. */
export interface Profiler {
  readonly flag: string
  /** From now on. The answer ends it, writes NAME-THREAD.cpuprofile and says what cost most. */
  begin(pid: number, name: string): Promise<(report: Report) => Promise<void>>
}

/** Null: no profile was asked for. */
export async function profilerFor(folder: string | undefined): Promise<Profiler | null> {
  if (folder === undefined) return null
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  return {
    flag: `--inspect=127.0.0.1:${port}`,
    begin: async (pid, name) => {
      const inspector = await Inspector.attach(port)
      const from = threadsMs(pid)
      const began = performance.now()
      await inspector.begin()
      return async report => {
        const profiles = await inspector.end()
        const seconds = (performance.now() - began) / 1000
        const spent = [...threadsMs(pid)].map(([id, { comm, ms }]) => ({ comm, ms: ms - (from.get(id)?.ms ?? 0) }))
        const busy = spent.filter(({ ms }) => ms > 0).map(({ comm, ms }) => `${comm} ${(ms / seconds).toFixed(1)}`)
        report.note(`${name}: CPU by thread, ms a second: ${busy.join(', ')}`)
        for (const [thread, profile] of profiles) {
          writeFileSync(join(folder, `${name}-${thread}.cpuprofile`), JSON.stringify(profile))
          for (const line of costliest(profile, seconds)) report.note(`${name}, ${thread}: ${line}`)
        }
      }
    },
  }
}

/** By function, its own time only, in ms of each second. */
function costliest({ nodes, samples, timeDeltas }: CpuProfile, seconds: number): string[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.replace(/^file:\/\/.*?\/(?=node_modules|runtime|cli|telemetry|crds|test)/, '')
      return [id, `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`] as const
    }),
  )
  const own = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    own.set(name, (own.get(name) ?? 0) + (timeDeltas[i] ?? 0) / 1000)
  }
  own.delete('(idle)')
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([name, ms]) => `${(ms / seconds).toFixed(2).padStart(7)} ms  ${name}`)
}

/** CPU of each thread so far, by its id. */
function threadsMs(pid: number): Map<string, { comm: string; ms: number }> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map(id => {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      return [id, { comm, ms: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK }]
    }),
  )
}

type Said = {
  readonly id?: number
  readonly method?: string
  readonly result?: { readonly profile?: CpuProfile }
  readonly params?: {
    readonly sessionId?: string
    readonly message?: string
    readonly workerInfo?: { readonly workerId: string }
  }
}

/** The main thread and the workers that it has, each asked in turn. */
class Inspector {
  readonly #socket: WebSocket
  readonly #answers = new Map<number, (said: Said) => void>()
  /** Threads by the inspector's session: the main one's is ''. */
  readonly #threads = new Map([['', 'main']])
  #id = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString()) as Said))
  }

  static async attach(port: number): Promise<Inspector> {
    const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[]
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '', { maxPayload: 1 << 30 })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const inspector = new Inspector(socket)
    await inspector.#ask('', 'NodeWorker.enable', { waitForDebuggerOnStart: false })
    return inspector
  }

  async begin(): Promise<void> {
    for (const thread of this.#threads.keys()) {
      await this.#ask(thread, 'Profiler.enable')
      await this.#ask(thread, 'Profiler.start')
    }
  }

  async end(): Promise<Map<string, CpuProfile>> {
    const profiles = new Map<string, CpuProfile>()
    for (const [thread, name] of this.#threads) {
      const { result } = await this.#ask(thread, 'Profiler.stop')
      if (result?.profile) profiles.set(name, result.profile)
    }
    this.#socket.close()
    return profiles
  }

  #ask(thread: string, method: string, params: object = {}): Promise<Said> {
    const id = ++this.#id
    const message = JSON.stringify({ id, method, params })
    return new Promise(resolve => {
      this.#answers.set(id, resolve)
      if (thread === '') this.#socket.send(message)
      else void this.#ask('', 'NodeWorker.sendMessageToWorker', { sessionId: thread, message })
    })
  }

  #hear(said: Said): void {
    const { method, params } = said
    if (method === 'NodeWorker.receivedMessageFromWorker') this.#hear(JSON.parse(params?.message ?? '{}') as Said)
    else if (method === 'NodeWorker.attachedToWorker')
      this.#threads.set(params?.sessionId ?? '', `thread-${params?.workerInfo?.workerId ?? ''}`)
    else if (said.id !== undefined) {
      this.#answers.get(said.id)?.(said)
      this.#answers.delete(said.id)
    }
  }
}
