/** A worker: SIP and media in front, sessions behind, the HTTP contract at the side. */
import { randomUUID } from 'node:crypto'
import type { DrainAnswer, DrainRequest } from '#runtime/contract/drain.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import { Outbox } from '#runtime/legs/sip/outbox.ts'
import { PortRange } from '#runtime/legs/sip/port-range.ts'
import { SendQueue } from '#runtime/sessions/send-queue.ts'
import { loopbackOnly } from './access.ts'
import { AgentDirectory, type RouteEntry, type ServedRevision } from './agent-directory.ts'
import { finalOf } from './behaviour-to-policy.ts'
import { Calls } from './calls.ts'
import { ClipLibrary } from './clips/clip-library.ts'
import { monotonic, systemClock, wallTime } from './clock.ts'
import { joined, SIGNAL, stopAfterMs } from './drain-order.ts'
import { type HttpServer, startHttp, type WorkerControl } from './http.ts'
import type { Door } from './incoming.ts'
import { loadLineOf } from './load-line-of.ts'
import { LoadStreams } from './load-stream.ts'
import { LoopLag } from './loop-lag.ts'
import { addressOf } from './own-address.ts'
import { Pacer } from './pacer.ts'
import { PeerWarnings } from './peer-warnings.ts'
import { PromptSpeech } from './prompt-speech.ts'
import { RevisionReader } from './revision-reader.ts'
import { SecretWatch } from './secret-watch.ts'
import { SessionMaker } from './session-maker.ts'
import type { WorkerSettings } from './settings.ts'
import { SipIngress } from './sip-ingress.ts'
import { Slots } from './slots.ts'
import { toolRunnerOf } from './tool-runner.ts'
import type { WorkerDependencies } from './worker-dependencies.ts'

/** A closing worker waits this long for the answers to its last BYEs. */
const LAST_BYE_MS = 500

export class Worker {
  readonly boot = randomUUID()
  readonly settings: WorkerSettings
  readonly advertise: string
  readonly directory = new AgentDirectory()
  readonly clips = new ClipLibrary()
  readonly #d: WorkerDependencies
  readonly #slots: Slots
  readonly #outbox = new Outbox()
  readonly #sends = new SendQueue()
  readonly #sessions: SessionMaker
  readonly #pacer: Pacer
  readonly #load: LoadStreams
  readonly #warnings: PeerWarnings
  readonly #revisions = new RevisionReader()
  readonly #secrets: SecretWatch | null
  readonly #speech: PromptSpeech
  readonly #lag = new LoopLag()
  #calls!: Calls
  #sip!: SipIngress
  #http!: HttpServer
  #drain: DrainRequest | null = null
  #emptied: (() => void)[] = []
  #closing: Promise<void> | null = null

  private constructor(settings: WorkerSettings, dependencies: WorkerDependencies) {
    this.settings = settings
    this.advertise = settings.advertise ?? addressOf(settings.sipHost)
    this.#d = dependencies
    this.#sessions = new SessionMaker(dependencies, this.#sends, () => performance.now())
    this.#load = new LoadStreams(() => this.#loadLine())
    this.#slots = new Slots(settings.slots, () => this.#load.changed())
    this.#warnings = new PeerWarnings(this.advertise, dependencies.log)
    const secrets = { refs: () => this.directory.secrets, changed: () => this.#load.changed() }
    this.#secrets = dependencies.look ? new SecretWatch({ ...secrets, look: dependencies.look }) : null
    this.#speech = PromptSpeech.of(dependencies, this.clips, () => this.#load.changed())
    this.#pacer = new Pacer(systemClock, {
      onSkip: ms => dependencies.log.warn({ ms }, 'the media loop stalled: ticks were skipped'),
      onTicked: () => {
        this.#outbox.flush()
        this.#sends.flush()
      },
      onFault: error => dependencies.log.error({ err: error }, 'an error in the media loop'),
    })
  }

  /** @throws SwitchboardError when a port is taken. */
  static async start(settings: WorkerSettings, dependencies: WorkerDependencies): Promise<Worker> {
    const worker = new Worker(settings, dependencies)
    try {
      await worker.#open()
    } catch (error) {
      await worker.close()
      throw error
    }
    return worker
  }

  get sipPort(): number {
    return this.#sip.port
  }

  get httpPort(): number {
    return this.#http.port
  }

  get callCount(): number {
    return this.#calls.size
  }

  /** Calls that get a tick every 20 ms. */
  get ticking(): number {
    return this.#pacer.members
  }

  get draining(): boolean {
    return this.#drain !== null
  }

  /** Renders the texts of a revision that is to be served. */
  prepare(revision: ServedRevision, routes: readonly RouteEntry[]): Promise<void> {
    return this.#speech.prepare(revision, routes)
  }

  /** Answers as this revision of its agent from the next call on. */
  serve(revision: ServedRevision, routes: readonly RouteEntry[]): void {
    this.directory.put(revision, routes)
    void this.#secrets?.look()
    this.#load.changed()
  }

  /** Refuses new calls at once; the rest end by themselves, or by the deadline as the request or else their agent declares. */
  drain(request: DrainRequest): DrainAnswer {
    const before = JSON.stringify(this.#drain)
    this.#drain = joined(this.#drain, request)
    const { id, deadline, end } = this.#drain
    if (JSON.stringify(this.#drain) !== before) {
      this.#d.log.info({ id, deadline: new Date(deadline).toISOString(), calls: this.#calls.size }, 'draining')
      // a recording that never came here would be silence: then the agent's own end is better
      const known = end?.say?.clip === undefined || this.clips.has(end.say.clip)
      this.#sip.drain()
      this.#calls.drain(monotonic(deadline), end && known ? finalOf(end) : undefined)
      this.#load.changed()
    }
    return { v: 1, id, deadline, busy: this.#slots.busy + this.#slots.reserved }
  }

  /** The drain of a stop signal. @returns its deadline, epoch milliseconds */
  stop(): number {
    const deadline = wallTime() + stopAfterMs(this.settings, this.directory.revisions)
    return this.drain({ id: SIGNAL, deadline }).deadline
  }

  /** Where another way in than SIP brings its calls. */
  get door(): Door {
    return this.#calls
  }
  /** When there is no call any more. */
  empty(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#emptied.push(resolve))
  }

  /** Ends what is left, at once, and gives everything back. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #open(): Promise<void> {
    const { settings } = this
    const { log, telemetry, ledger } = this.#d
    this.#calls = new Calls({
      directory: this.directory,
      slots: this.#slots,
      pacer: this.#pacer,
      clips: this.clips,
      telemetry,
      ledger,
      log,
      sessions: this.#sessions,
      speech: this.#speech,
      dial: (...how) => this.#sip.dial(...how),
      toolRunner: toolRunnerOf,
      changed: () => this.#changed(),
    })
    this.#sip = await SipIngress.open({
      calls: this.#calls,
      directory: this.directory,
      ports: new PortRange(settings.rtpPorts.from, settings.rtpPorts.to),
      outbox: this.#outbox,
      pacer: this.#pacer,
      ...(this.#d.trunkCredentials && { trunkCredentials: this.#d.trunkCredentials }),
      log,
      host: settings.sipHost,
      port: settings.sipPort,
      advertise: this.advertise,
      onPeer: address => this.#warnings.check(address),
      onForbidden: () => telemetry.metrics.refused('forbidden'),
    })
    await this.#restore()
    this.#http = await startHttp(this.#control(), { host: settings.httpHost, port: settings.httpPort })
    telemetry.metrics.observe(() => {
      const { lost, late, jitterMs } = this.#calls.media
      return {
        busy: this.#slots.busy,
        slots: this.#slots.total,
        timers: process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length,
        loopLagMs: this.#lag.take(),
        jitterMs,
        packetsLost: lost,
        packetsLate: late,
        breakers: this.#sessions.breakers,
        ...(ledger && { ledger: { healthy: ledger.healthy, outbox: ledger.outbox, lost: ledger.stats().lost } }),
      }
    })
    this.#lag.open()
  }

  /** @returns the agent. @throws SwitchboardError SB_WORKER_REVISION, SB_WORKER_CLIP, SB_WORKER_REVISIONS_BUSY */
  async #accept(name: string, body: Uint8Array): Promise<string> {
    const { revision, routes, clips } = await this.#revisions.read(name, body)
    for (const [id, laws] of clips) this.clips.addReady(id, laws)
    await this.prepare(revision, routes)
    this.serve(revision, routes)
    return revision.agent
  }

  /** Before the API is open: a worker that comes back is what it was. */
  async #restore(): Promise<void> {
    const { state, log } = this.#d
    if (!state) return
    // before there is anything to answer as
    const drain = await state.drain()
    if (drain) this.drain(drain)
    for (const { name, body } of await state.revisions()) {
      try {
        await this.#accept(name, body)
        log.info({ revision: name }, 'back with its revision')
      } catch (error) {
        log.warn({ err: error, revision: name }, 'a revision that was kept is not accepted any more')
      }
    }
  }

  #control(): WorkerControl {
    return {
      ready: () => {
        const answers = this.directory.revisions.length > 0
        return { ok: answers || this.settings.blankIsReady === true, why: answers ? 'answering' : 'no revision yet' }
      },
      metrics: () => this.#d.telemetry.collect(),
      calls: () => this.#calls.summaries,
      hangUp: id => this.#calls.hangUp(id),
      drain: async request => {
        const answer = this.drain(request)
        if (this.#drain) await this.#d.state?.keepDrain(this.#drain)
        return answer
      },
      putRevision: async (name, body) => {
        const agent = await this.#accept(name, body)
        await this.#d.state?.keepRevision(agent, { name, body })
      },
      access: this.#d.access ?? loopbackOnly,
      load: this.#load,
    }
  }

  #loadLine(): Omit<LoadLine, 'seq'> {
    return loadLineOf({
      pod: this.settings,
      boot: this.boot,
      slots: this.#slots,
      outbox: this.#d.ledger?.outbox ?? 0,
      drain: this.#drain,
      calls: this.#calls,
      served: this.directory.revisions,
      figuresOf: name => this.#d.telemetry.metrics.figures(name),
      promptsOf: revision => this.#speech.stateOf(revision),
      secrets: this.#secrets?.states,
    })
  }

  #changed(): void {
    this.#load.changed()
    if (this.#calls.size > 0) return
    const emptied = this.#emptied
    this.#emptied = []
    for (const tell of emptied) tell()
  }

  async #close(): Promise<void> {
    this.#lag.close()
    this.#calls?.endAll({ code: 'drain', by: 'operator' })
    this.#pacer.close()
    this.#secrets?.close()
    this.#load.close()
    await this.#revisions.close()
    await this.#speech.close()
    await this.#http?.close()
    await this.#sip?.close(LAST_BYE_MS)
  }
}
