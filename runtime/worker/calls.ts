/** The calls of a worker: taken in or refused at the first INVITE, run, and freed. */
import { randomBytes } from 'node:crypto'
import { mediaAllowed } from '#crds/trunk-access.ts'
import { toolsOf } from '#runtime/call/call-tools.ts'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { FinalActionPolicy } from '#runtime/call/policy.ts'
import type { EndReason, Session } from '#runtime/call/ports.ts'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import { endReasonOf } from '#runtime/legs/sip/end-reason.ts'
import { MediaSockets } from '#runtime/legs/sip/media-sockets.ts'
import type { Outbox } from '#runtime/legs/sip/outbox.ts'
import type { PortRange } from '#runtime/legs/sip/port-range.ts'
import { SipLeg } from '#runtime/legs/sip/sip-leg.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { CallKey, IncomingCall, SipCommand, SipEvent } from '#runtime/sip/api.ts'
import type { Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import type { AgentDirectory, ServedRevision } from './agent-directory.ts'
import { beginCall } from './begin-call.ts'
import { sessionConfigOf } from './behaviour-to-policy.ts'
import { blameOn } from './blame.ts'
import { CallRunner } from './call-runner.ts'
import type { ClipLibrary } from './clips/clip-library.ts'
import { now, wallTime } from './clock.ts'
import { workerErrors } from './errors.ts'
import { FarLegs } from './far-legs.ts'
import { type LiveCall, summaryOf } from './live-call.ts'
import type { Logger } from './logger.ts'
import type { Pacer } from './pacer.ts'
import type { Slots } from './slots.ts'
import type { ToolRunner } from './tool-runs.ts'
import { policyOfCall, referTo } from './ways-out.ts'

export interface CallsOptions {
  readonly directory: AgentDirectory
  readonly slots: Slots
  readonly ports: PortRange
  readonly outbox: Outbox
  readonly pacer: Pacer
  readonly clips: ClipLibrary
  readonly telemetry: Telemetry
  readonly ledger: Ledger | null
  readonly log: Logger
  /** Address media sockets bind to, and the one the SDP names. */
  readonly host: string
  readonly advertise: string
  readonly command: (command: SipCommand) => void
  readonly createSession: (revision: ServedRevision, log: Logger) => Session
  readonly toolRunner: (revision: ServedRevision, traceparent: (tool: string) => string | null) => ToolRunner
  /** A call came, changed or went. */
  readonly changed: () => void
}

/** Seconds after which a refused peer may try again: a call may end soon; another pod can answer at once. */
const RETRY_AFTER_S = { full: 2, draining: 5 } as const

export class Calls {
  readonly #o: CallsOptions
  readonly #live = new Map<CallKey, LiveCall>()
  /** Packets of the calls that are gone. */
  readonly #gone = { lost: 0, late: 0 }
  readonly #far: FarLegs
  #drain: { readonly deadline: Ms; readonly end?: FinalActionPolicy } | null = null

  constructor(options: CallsOptions) {
    this.#o = options
    this.#far = new FarLegs(options)
  }

  /** Name of the Secret that answers challenges of a call that we made. */
  secretOf(key: CallKey): string | undefined {
    return this.#far.secretOf(key)
  }

  get size(): number {
    return this.#live.size
  }

  get summaries(): ReturnType<typeof summaryOf>[] {
    return [...this.#live.values()].map(summaryOf)
  }

  /** Milliseconds the oldest call has lasted. */
  get longestMs(): Ms {
    let since = wallTime()
    for (const call of this.#live.values()) since = Math.min(since, call.since)
    return wallTime() - since
  }

  /** Packets of all callers since the start; jitter as the mean of the calls there are now. */
  get media(): { lost: number; late: number; jitterMs: Ms } {
    let { lost, late } = this.#gone
    let jitterMs = 0
    for (const { leg } of this.#live.values()) {
      lost += leg?.counts.lost ?? 0
      late += leg?.counts.late ?? 0
      jitterMs += leg?.counts.jitterMs ?? 0
    }
    return { lost, late, jitterMs: this.#live.size === 0 ? 0 : jitterMs / this.#live.size }
  }

  countOf(revision: string): number {
    let count = 0
    for (const call of this.#live.values()) if (call.found.revision.name === revision) count += 1
    return count
  }

  /** False: there is no such call. */
  hangUp(id: string): boolean {
    for (const call of this.#live.values()) {
      if (call.id !== id) continue
      call.runner?.dispatch({ type: 'hangUp', by: 'operator' })
      return true
    }
    return false
  }

  /** No new calls from now on; those there are end by `deadline`, as declared here, or else each as its agent declares. */
  drain(deadline: Ms, end?: FinalActionPolicy): void {
    this.#drain = { deadline, ...(end && { end }) }
    this.#o.command({
      do: 'admit',
      admission: { open: false, status: 503, phrase: 'Draining', retryAfterS: RETRY_AFTER_S.draining },
    })
    for (const call of this.#live.values()) call.runner?.dispatch({ type: 'drain', ...this.#drain })
  }

  /** Ends all at once, without a word. */
  endAll(why: EndReason): void {
    for (const call of this.#live.values()) {
      if (call.runner) call.runner.end(why)
      else this.#early(call, why)
    }
  }

  onSip(event: SipEvent): void {
    if (event.type === 'fault') {
      this.#o.log.debug(
        { code: event.code, status: event.status, peer: event.source.address },
        'SIP message not usable',
      )
      return
    }
    if (event.type === 'incoming') {
      this.#incoming(event.call, event.incoming)
      return
    }
    if (this.#far.sip(event)) return
    const call = this.#live.get(event.call)
    if (!call) return
    if (call.leg) {
      try {
        call.leg.sip(event)
      } catch (error) {
        call.runner?.fail(error)
      }
    } else if (event.type === 'ended') this.#early(call, endReasonOf(event, null))
  }

  #incoming(key: CallKey, incoming: IncomingCall): void {
    const { directory, slots } = this.#o
    const found = directory.find(incoming.source.address, incoming.requestUri.user)
    if (!found) return this.#refuse(key, 'no_agent', 404, 'No Agent Answers This Number')
    if (this.#drain) return this.#refuse(key, 'draining', 503, 'Draining', RETRY_AFTER_S.draining)
    const slot = slots.reserve()
    if (!slot) return this.#refuse(key, 'full', 503, 'All Slots Taken', RETRY_AFTER_S.full)
    let call: LiveCall
    try {
      call = beginCall(this.#o, incoming, found, slot)
    } catch (error) {
      slot.free()
      this.#o.log.error({ err: error }, 'a call could not be begun')
      return this.#refuse(key, 'fault', 500, 'Server Internal Error')
    }
    this.#live.set(key, call)
    call.letPeersGo = directory.hold(found.trunk)
    this.#start(key, call).catch((error: unknown) => {
      if (call.runner) return call.runner.fail(error)
      call.log.error({ err: error }, 'the call could not be started')
      this.#o.command({ do: 'reject', call: key, status: 500 })
      this.#early(call, { code: 'fault', by: 'switchboard', detail: workerErrors.callFault.code })
    })
    this.#o.changed()
  }

  #refuse(call: CallKey, why: string, status: number, phrase: string, retryAfterS?: number): void {
    this.#o.command({ do: 'reject', call, status, phrase, ...(retryAfterS !== undefined && { retryAfterS }) })
    this.#o.telemetry.metrics.refused(why)
    this.#o.log.info({ why, status }, 'call refused')
  }

  async #start(key: CallKey, call: LiveCall): Promise<void> {
    const sockets = await blameOn({ fail: error => call.runner?.fail(error) }, () =>
      MediaSockets.open(this.#o.host, this.#o.ports, now, this.#o.outbox),
    )
    if (call.endedEarly) return sockets?.close()
    if (!sockets) {
      this.#refuse(key, 'no_ports', 503, 'No Media Port', RETRY_AFTER_S.full)
      return this.#early(call, { code: 'rejected', by: 'switchboard', detail: workerErrors.noMediaPort.code })
    }
    try {
      this.#run(key, call, sockets)
    } catch (error) {
      // a runner gives them back with all else
      if (!call.runner) sockets.close()
      throw error
    }
  }

  #run(key: CallKey, call: LiveCall, sockets: MediaSockets): void {
    const { found, incoming } = call
    const law = incoming.media?.law ?? found.trunk.laws[0] ?? 'PCMU'
    const leg = new SipLeg({
      call: key,
      sockets,
      advertise: this.#o.advertise,
      laws: found.trunk.laws,
      law,
      command: this.#o.command,
      now,
      unixMs: wallTime,
      random: () => randomBytes(4).readUInt32BE(),
      mayLatch: address => found.trunk.access.latch && mediaAllowed(found.peer, address),
      onFault: error => call.runner?.fail(error),
      refer: name => referTo(found, incoming.source.address, incoming.requestUri.user, name),
    })
    call.leg = leg
    call.trace.legStart(key, now(), { codec: law, peer: incoming.source.address })
    const { revision } = found
    const policy = policyOfCall(revision, found.trunk.key, 'refer')
    const tools = toolsOf(policy)
    const runner = new CallRunner({
      id: call.id,
      leg,
      policy,
      now,
      createSession: () => this.#o.createSession(revision, call.log),
      sessionConfig: sessionConfigOf(revision.behaviour, leg.format, tools, {
        call: call.id,
        trace: call.trace.traceId,
      }),
      clip: id => this.#o.clips.get(id, leg.format),
      dial: (id, destination, listener) => {
        const ringMs = policy.destinations?.find(each => each.name === destination)?.ringMs ?? 0
        return this.#far.dial(call, id, destination, ringMs, listener)
      },
      runTool: this.#o.toolRunner(revision, tool => call.trace.traceparentFor(tool)),
      record: (at, entry) => this.#record(call, at, entry),
      trace: (at, mark) => call.trace.mark(mark, at),
      freed: why => this.#freed(key, call, why),
      fault: (what, error) => call.log.error({ err: error }, what),
    })
    call.runner = runner
    call.log.info({ called: incoming.requestUri.user, law, transport: incoming.source.transport }, 'call offered')
    call.leavePacer = this.#o.pacer.add({
      tick: at => {
        leg.tick(at)
        runner.ticked()
      },
      fail: error => runner.fail(error),
    })
    runner.dispatch({ type: 'offered', leg: key })
    if (this.#drain) runner.dispatch({ type: 'drain', ...this.#drain })
  }

  #record(call: LiveCall, at: Ms, entry: RecordEntry): void {
    if (entry.kind === 'answered') {
      call.slot.occupy()
      call.log.info({ afterMs: Math.round(entry.afterMs) }, 'call answered')
    }
    call.trace.record(entry, at)
    if (entry.kind === 'fault') call.log.warn({ code: entry.code }, 'call fault')
    this.#o.ledger?.append(call.id, at, entry)
  }

  /** It ended before it had a leg to run on. */
  #early(call: LiveCall, why: EndReason): void {
    if (call.endedEarly) return
    call.endedEarly = why
    for (const [key, other] of this.#live) {
      if (other !== call) continue
      this.#o.ledger?.append(call.id, now(), { kind: 'end', why })
      this.#freed(key, call, why)
    }
  }

  #freed(key: CallKey, call: LiveCall, why: EndReason): void {
    if (!this.#live.delete(key)) return
    call.leavePacer()
    call.slot.free()
    call.letPeersGo()
    this.#gone.lost += call.leg?.counts.lost ?? 0
    this.#gone.late += call.leg?.counts.late ?? 0
    call.trace.legEnd(key, now(), why)
    call.trace.end(why, now())
    this.#o.ledger?.end(call.id)
    call.log.info({ code: why.code, by: why.by, ms: wallTime() - call.since }, 'call ended')
    this.#o.changed()
  }
}
