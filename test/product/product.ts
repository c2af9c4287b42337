/** Switchboard as a user starts it: child processes of the command line, seen from outside only. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, sleep, start } from '#test/phones/process.ts'
import { type ManifestOptions, NUMBER, writeManifests } from './manifests.ts'
import { claimRtpBlock } from './rtp-block.ts'

const NODE = process.execPath

export interface ProductOptions extends Omit<ManifestOptions, 'baseURL'> {
  /** More flags of `switchboard run`. */
  readonly run?: readonly string[]
  /** More flags of `switchboard simulate realtime`. */
  readonly simulate?: readonly string[]
  readonly slots?: number
  /** What Node is given to run; default: the sources. */
  readonly entry?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What runs the worker; default: this Node. */
  readonly node?: string
}

/** A worker in a process of its own, as `switchboard run` starts it. */
export interface RunningWorker {
  readonly sipPort: number
  readonly httpPort: number
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** `sip:+14155550100@127.0.0.1:PORT` */
  readonly uri: string
  readonly db: string
  readonly process: Child
  /** From the start of the process to ready, in ms. */
  readonly startedInMs: number
  /** GET of the worker's HTTP API, parsed when it is JSON. */
  get(path: string): Promise<unknown>
  /** Calls the worker says it carries. */
  busy(): Promise<number>
  stop(): Promise<void>
}

export interface Product extends RunningWorker {
  readonly simulatorUrl: string
  readonly simulator: Child
}

/** Starts `switchboard run` on manifests of its own and waits until calls are answered. */
export async function startWorker(options: ProductOptions & { readonly baseURL: string }): Promise<RunningWorker> {
  const [sipPort, httpPort] = [await freePort(), await freePort()]
  const folder = writeManifests(options)
  const db = join(mkdtempSync(join(tmpdir(), 'calls-')), 'calls.db')
  const rtp = await claimRtpBlock()
  const flags = {
    '-f': folder,
    '--sip-host': '127.0.0.1',
    '--sip-port': String(sipPort),
    '--rtp-ports': `${rtp.from}-${rtp.to}`,
    '--http-port': String(httpPort),
    '--slots': String(options.slots ?? 50),
    '--db': db,
  }
  const began = performance.now()
  const worker = start(
    options.node ?? NODE,
    [...(options.entry ?? ['cli/main.ts']), 'run', ...Object.entries(flags).flat(), ...(options.run ?? [])],
    {
      env: { ...process.env, OPENAI_API_KEY: 'sk-simulated', ...options.env },
    },
  )
  await answers(`http://127.0.0.1:${httpPort}/readyz`, worker)
  const startedInMs = performance.now() - began
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${httpPort}${path}`)
    const text = await response.text()
    try {
      return JSON.parse(text) as unknown
    } catch {
      return text
    }
  }
  return {
    sipPort,
    httpPort,
    rtpPorts: rtp,
    uri: `sip:${NUMBER}@127.0.0.1:${sipPort}`,
    db,
    process: worker,
    startedInMs,
    get,
    busy: async () => ((await get('/v1/calls')) as { calls: unknown[] }).calls.length,
    stop: async () => {
      // The second SIGTERM ends a drain at once.
      worker.signal('SIGTERM')
      await sleep(100)
      await worker.stop(4000)
      rtp.release()
    },
  }
}

/** Starts the Realtime simulator, and a worker that takes it for the vendor. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const port = await freePort()
  const simulatorUrl = `http://127.0.0.1:${port}`
  const simulator = start(NODE, [
    'cli/main.ts',
    'simulate',
    'realtime',
    '--port',
    String(port),
    ...(options.simulate ?? []),
  ])
  await answers(`${simulatorUrl}/_sim/sessions`, simulator)
  const worker = await startWorker({ ...options, baseURL: `${simulatorUrl}/v1/realtime` })
  return {
    ...worker,
    simulatorUrl,
    simulator,
    stop: async () => {
      await worker.stop()
      await simulator.stop(2000)
    },
  }
}

async function answers(url: string, child: Child): Promise<void> {
  let exited = false
  void child.exited.then(() => {
    exited = true
  })
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (exited) break
    try {
      const response = await fetch(url)
      await response.body?.cancel()
      if (response.ok) return
    } catch {
      // not listening yet
    }
    await sleep(50)
  }
  throw new Error(`${url} did not answer; the process said:\n${child.output().slice(-3000)}`)
}
