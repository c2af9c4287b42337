/** Leader election as a process sees it. The Lease is renewed in a thread of its own; `leading` is true only while it surely holds. */
import { Worker } from 'node:worker_threads'
import type { CredentialSource } from '../client/credentials.ts'
import type { Ms } from '../clock.ts'
import { kubeLeaseThread } from '../errors.ts'
import { keyOf, type ObjectName } from '../resource.ts'
import type { FromLeaseThread, LeaseThreadData, ToLeaseThread } from './messages.ts'
import { machineNow, SharedBelief } from './shared-belief.ts'
import { DEFAULT_ELECTION_POLICY, type ElectionPolicy, type Fence } from './state.ts'

export interface ElectorOptions {
  readonly credentials: CredentialSource
  readonly lease: ObjectName
  /** Unique for each start of a process: pod name and something random. */
  readonly identity: string
  readonly userAgent: string
  readonly policy?: Partial<ElectionPolicy>
  /** A main event loop that stands still for so long loses the lead. Default 30 s. */
  readonly stallMs?: Ms
  readonly leading: (fence: Fence) => void
  /** Stop all work at once. It may lead again later. */
  readonly lost: () => void
  /** Errors of the API server, and the end of the thread. */
  readonly failed: (error: unknown) => void
}

const DEFAULT_STALL_MS = 30_000
const BEAT_MS = 1000
const CREDENTIALS_MS = 20_000
const RELEASE_MS = 10_000

export class Elector {
  readonly #o: ElectorOptions
  readonly #belief = new SharedBelief()
  #worker: Worker | null = null
  #fence: Fence | null = null
  #timers: NodeJS.Timeout[] = []
  #released: Promise<void> | null = null
  #done = Promise.withResolvers<void>()

  constructor(options: ElectorOptions) {
    this.#o = options
  }

  /** Right at this instant, however long the event loop stood still before: ask it before each write. */
  get leading(): boolean {
    return machineNow() < this.#belief.believeUntil
  }

  /** Of the present leadership; null when there is none. */
  get fence(): Fence | null {
    return this.leading ? this.#fence : null
  }

  /** Begins to stand for election. */
  async start(): Promise<void> {
    const credentials = await this.#o.credentials()
    this.#belief.beat()
    const data: LeaseThreadData = {
      lease: this.#o.lease,
      identity: this.#o.identity,
      policy: { ...DEFAULT_ELECTION_POLICY, ...this.#o.policy },
      credentials,
      userAgent: this.#o.userAgent,
      belief: this.#belief.buffer,
      stallMs: this.#o.stallMs ?? DEFAULT_STALL_MS,
    }
    const worker = new Worker(new URL('./lease-thread.ts', import.meta.url), { workerData: data })
    this.#worker = worker
    worker.on('message', (message: FromLeaseThread) => this.#hear(message))
    worker.on('error', error => this.#ended(error.message))
    worker.on('exit', code => this.#ended(`exit code ${code}`))
    this.#timers = [
      setInterval(() => this.#belief.beat(), BEAT_MS),
      setInterval(() => void this.#refresh(), CREDENTIALS_MS),
    ]
  }

  /** Stops leading and lets go of the Lease, so that another leads at once. Stop all work first. Idempotent. */
  release(): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #release(): Promise<void> {
    this.#belief.believeUntil = 0
    const worker = this.#worker
    if (worker === null) return
    const late = setTimeout(() => this.#done.resolve(), RELEASE_MS)
    this.#tell({ say: 'release' })
    await this.#done.promise
    clearTimeout(late)
    for (const timer of this.#timers) clearInterval(timer)
    this.#worker = null
    await worker.terminate()
  }

  #hear(message: FromLeaseThread): void {
    switch (message.say) {
      case 'leading':
        this.#fence = message.fence
        if (this.#released === null) this.#o.leading(message.fence)
        break
      case 'lost':
        this.#lose()
        break
      case 'released':
        this.#done.resolve()
        break
      case 'failed':
        this.#o.failed(Object.assign(new Error(message.message), { code: message.code }))
        break
    }
  }

  #lose(): void {
    if (this.#fence === null) return
    this.#fence = null
    this.#o.lost()
  }

  #ended(why: string): void {
    this.#belief.believeUntil = 0
    for (const timer of this.#timers) clearInterval(timer)
    this.#done.resolve()
    if (this.#released !== null) return
    this.#lose()
    if (this.#worker !== null) this.#o.failed(kubeLeaseThread(keyOf(this.#o.lease), why))
    this.#worker = null
  }

  async #refresh(): Promise<void> {
    try {
      this.#tell({ say: 'credentials', credentials: await this.#o.credentials() })
    } catch (error) {
      this.#o.failed(error)
    }
  }

  #tell(message: ToLeaseThread): void {
    this.#worker?.postMessage(message)
  }
}
