/** A worker: SIP and media in front, sessions behind, the HTTP contract at the side. */
import { randomUUID } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { durationMs } from '#crds/duration.ts'
import type { DrainAnswer, DrainRequest } from '#runtime/contract/drain.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import { Outbox } from '#runtime/legs/sip/outbox.ts'
import { PortRange } from '#runtime/legs/sip/port-range.ts'
import { sessionFactories } from '#runtime/sessions/registry.ts'
import { SendQueue } from '#runtime/sessions/send-queue.ts'
import type { Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import { AgentDirectory, type RouteEntry, type ServedRevision } from './agent-directory.ts'
import { Calls } from './calls.ts'
import { ClipLibrary } from './clips/clip-library.ts'
import { monotonic, systemClock } from './clock.ts'
import { workerErrors } from './errors.ts'
import { type HttpServer, startHttp, type WorkerControl } from './http.ts'
import { LoadStreams } from './load-stream.ts'
import type { Logger } from './logger.ts'
import { Pacer } from './pacer.ts'
import { PeerWarnings } from './peer-warnings.ts'
import { RevisionReader } from './revision-reader.ts'
import type { WorkerSettings } from './settings.ts'
import { SipEndpoint } from './sip-endpoint.ts'
import { Slots } from './slots.ts'
import { toolRunnerOf } from './tool-runner.ts'

const LOOP_SAMPLE_MS = 20

export interface WorkerDependencies {
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly ledger: Ledger | null
  /** The provider's credential of an agent; undefined: there is none. */
  readonly credential: (revision: ServedRevision) => string | undefined
  /** Sends every session there instead of to its agent's provider: the simulator. */
  readonly provider?: string
}

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
  readonly #pacer: Pacer
  readonly #load: LoadStreams
  readonly #warnings: PeerWarnings
  readonly #revisions = new RevisionReader()
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS })
  #calls!: Calls
  #sip!: SipEndpoint
  #http!: HttpServer
  #drain: DrainRequest | null = null
  #emptied: (() => void)[] = []
  #closing: Promise<void> | null = null

  private constructor(settings: WorkerSettings, dependencies: WorkerDependencies) {
    this.settings = settings
    this.advertise = settings.advertise ?? addressOf(settings.sipHost)
    this.#d = dependencies
    this.#load = new LoadStreams(() => this.#loadLine())
    this.#slots = new Slots(settings.slots, () => this.#load.changed())
    this.#warnings = new PeerWarnings(this.advertise, dependencies.log)
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

  /** Calls that get a tick every 20 ms: none when there are none. */
  get ticking(): number {
    return this.#pacer.members
  }

  get draining(): boolean {
    return this.#drain !== null
  }

  /** Answers as this revision of its agent from the next call on. */
  serve(revision: ServedRevision, routes: readonly RouteEntry[]): void {
    this.directory.put(revision, routes)
    this.#load.changed()
  }

  /** Refuses new calls at once; the rest end by themselves, or by the deadline as their agent declares. */
  drain(request: DrainRequest): DrainAnswer {
    const changed = this.#drain?.id !== request.id || this.#drain.deadline !== request.deadline
    this.#drain = request
    if (changed) {
      this.#d.log.info(
        { id: request.id, deadline: new Date(request.deadline).toISOString(), calls: this.#calls.size },
        'draining',
      )
      this.#calls.drain(monotonic(request.deadline))
      this.#load.changed()
    }
    return { v: 1, id: request.id, deadline: request.deadline, busy: this.#slots.busy + this.#slots.reserved }
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
    this.#sip = await SipEndpoint.open({
      host: settings.sipHost,
      port: settings.sipPort,
      advertise: this.advertise,
      isPeer: address => this.directory.isPeer(address),
      onEvent: event => {
        if (event.type === 'incoming') this.#warnings.check(event.incoming.source.address)
        this.#calls.onSip(event)
      },
      onForbidden: () => telemetry.metrics.refused('forbidden'),
      onFault: error => log.error({ err: error }, 'an error in SIP'),
    })
    this.#calls = new Calls({
      directory: this.directory,
      slots: this.#slots,
      ports: new PortRange(settings.rtpPorts.from, settings.rtpPorts.to),
      outbox: this.#outbox,
      pacer: this.#pacer,
      clips: this.clips,
      telemetry,
      ledger,
      log,
      host: settings.sipHost,
      advertise: this.advertise,
      command: command => this.#sip.command(command),
      createSession: (revision, callLog) => this.#createSession(revision, callLog),
      toolRunner: toolRunnerOf,
      changed: () => this.#changed(),
    })
    this.#http = await startHttp(this.#control(), { host: settings.httpHost, port: settings.httpPort })
    telemetry.metrics.observe(() => {
      const { lost, late, jitterMs } = this.#calls.media
      const loopLagMs = Math.max(0, this.#loop.percentile(99) / 1e6 - LOOP_SAMPLE_MS)
      this.#loop.reset()
      return {
        busy: this.#slots.busy,
        slots: this.#slots.total,
        timers: process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length,
        loopLagMs,
        jitterMs,
        packetsLost: lost,
        packetsLate: late,
        ...(ledger && { ledger: { healthy: ledger.healthy, outbox: ledger.outbox, lost: ledger.stats().lost } }),
      }
    })
    this.#loop.enable()
  }

  #createSession(revision: ServedRevision, log: Logger): ReturnType<(typeof sessionFactories)['OpenAI']> {
    const { model } = revision.behaviour
    const apiKey = this.#d.credential(revision)
    if (apiKey === undefined) throw workerErrors.noCredential(revision.agent, 'none is mounted')
    const baseUrl = this.#d.provider ?? model.openAI.baseURL
    return sessionFactories[model.provider]({
      apiKey,
      ...(baseUrl !== undefined && { baseUrl }),
      log,
      sends: this.#sends,
      upstreamFrameMs: durationMs(model.upstreamFrame),
    })
  }

  #control(): WorkerControl {
    return {
      ready: () => {
        const ok = this.directory.revisions.length > 0
        return { ok, why: ok ? 'answering' : 'no revision yet' }
      },
      metrics: () => this.#d.telemetry.collect(),
      calls: () => this.#calls.summaries,
      hangUp: id => this.#calls.hangUp(id),
      drain: request => this.drain(request),
      putRevision: async (name, body) => {
        const accepted = await this.#revisions.read(name, body)
        for (const [id, laws] of accepted.clips) this.clips.addReady(id, laws)
        this.serve(accepted.revision, accepted.routes)
      },
      load: this.#load,
    }
  }

  #loadLine(): Omit<LoadLine, 'seq'> {
    const figures = (revision: string): Record<string, number[]> =>
      Object.fromEntries(
        Object.entries(this.#d.telemetry.metrics.figures(revision)).map(([name, counts]) => [name, [...counts]]),
      )
    return {
      v: 1,
      pod: this.settings.pod,
      boot: this.boot,
      slots: { total: this.#slots.total, reserved: this.#slots.reserved, busy: this.#slots.busy },
      outbox: this.#d.ledger?.outbox ?? 0,
      drain: this.#drain && { id: this.#drain.id, deadline: this.#drain.deadline, longestMs: this.#calls.longestMs },
      revisions: Object.fromEntries(
        this.directory.revisions.map(({ name }) => [
          name,
          { calls: this.#calls.countOf(name), figures: figures(name) },
        ]),
      ),
    }
  }

  #changed(): void {
    this.#load.changed()
    if (this.#calls.size > 0) return
    const emptied = this.#emptied
    this.#emptied = []
    for (const tell of emptied) tell()
  }

  async #close(): Promise<void> {
    this.#loop.disable()
    this.#calls?.endAll({ code: 'drain', by: 'operator' })
    this.#pacer.close()
    this.#load.close()
    await this.#revisions.close()
    await this.#http?.close()
    await this.#sip?.settle(LAST_BYE_MS)
    await this.#sip?.close()
  }
}

/** A closing worker waits this long for the answers to its last BYEs. */
const LAST_BYE_MS = 500

/** What can be reached of a socket bound to `host`. */
function addressOf(host: string): string {
  if (host !== '0.0.0.0') return host
  for (const addresses of Object.values(networkInterfaces()))
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address
  return '127.0.0.1'
}
