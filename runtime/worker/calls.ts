/** The calls of a worker: taken in or refused at their first sign, run, and freed. Ways in ({@link Entry}) make their legs. */
import { candidatesOf } from '#crds/models.ts'
import { toolsOf } from '#runtime/call/call-tools.ts'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { CallPolicy, FinalActionPolicy } from '#runtime/call/policy.ts'
import type { EndReason, LegId } from '#runtime/call/ports.ts'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import type { AgentDirectory, Found, ServedRevision } from './agent-directory.ts'
import { beginCall } from './begin-call.ts'
import { sessionConfigOf } from './behaviour-to-policy.ts'
import { blameOn } from './blame.ts'
import { CallContext } from './call-context.ts'
import { CallRunner } from './call-runner.ts'
import type { ClipLibrary } from './clips/clip-library.ts'
import { now, wallTime } from './clock.ts'
import { workerErrors } from './errors.ts'
import type { FarLegs } from './far-legs.ts'
import { type Entry, NO_MEDIA, type Refusal, type WorkerLeg } from './incoming.ts'
import { type LiveCall, summaryOf } from './live-call.ts'
import type { Logger } from './logger.ts'
import type { Pacer } from './pacer.ts'
import type { PromptSpeech } from './prompt-speech.ts'
import { candidateAt, type SessionMaker } from './session-maker.ts'
import type { Slots } from './slots.ts'
import type { ToolRunner } from './tool-runs.ts'
import { policyOfCall } from './ways-out.ts'

export interface CallsOptions {
  readonly directory: AgentDirectory
  readonly slots: Slots
  readonly pacer: Pacer
  readonly clips: ClipLibrary
  readonly telemetry: Telemetry
  readonly ledger: Ledger | null
  readonly log: Logger
  readonly sessions: SessionMaker
  readonly speech: Pick<PromptSpeech, 'dress' | 'dressFinal'>
  /** Calls a destination as a second leg. */
  readonly dial: FarLegs['dial']
  readonly toolRunner: (revision: ServedRevision, traceparent: (tool: string) => string | null) => ToolRunner
  /** A call came, changed or went. */
  readonly changed: () => void
}

export class Calls {
  readonly #o: CallsOptions
  readonly #live = new Map<LegId, LiveCall>()
  /** Packets of the calls that are gone. */
  readonly #gone = { lost: 0, late: 0 }
  #drain: { readonly deadline: Ms; readonly end?: FinalActionPolicy } | null = null

  constructor(options: CallsOptions) {
    this.#o = options
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
      const counts = leg?.counts ?? NO_MEDIA
      lost += counts.lost
      late += counts.late
      jitterMs += counts.jitterMs
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
    for (const call of this.#live.values()) this.#tellDrain(call)
  }

  #tellDrain({ runner, found }: LiveCall): void {
    if (!this.#drain) return
    const { deadline, end } = this.#drain
    runner?.dispatch({ type: 'drain', deadline, ...(end && { end: this.#o.speech.dressFinal(found.revision, end) }) })
  }

  /** Ends all at once, without a word. */
  endAll(why: EndReason): void {
    for (const call of this.#live.values()) {
      if (call.runner) call.runner.end(why)
      else this.early(call.entry.key, why)
    }
  }

  /** A call has come: `found` answers it, or nobody does. False: it was refused. */
  offer(entry: Entry, found: Found | null): boolean {
    const { slots } = this.#o
    if (!found) return this.#refuse(entry, 'no_agent', null)
    if (this.#drain) return this.#refuse(entry, 'draining', found)
    const slot = slots.reserve()
    if (!slot) return this.#refuse(entry, 'full', found)
    let call: LiveCall
    try {
      call = beginCall(this.#o, entry, found, slot)
    } catch (error) {
      slot.free()
      this.#o.log.error({ err: error }, 'a call could not be begun')
      return this.#refuse(entry, 'fault', found)
    }
    this.#live.set(entry.key, call)
    entry.begun?.(noted => this.#o.ledger?.append(call.id, now(), noted))
    call.letPeersGo = this.#o.directory.hold(found.trunk)
    this.#start(call).catch((error: unknown) => {
      if (call.runner) return call.runner.fail(error)
      call.log.error({ err: error }, 'the call could not be started')
      const { leg } = call
      call.leg = null
      entry.refuse('fault', found)
      leg?.close({ code: 'fault', by: 'switchboard' })
      this.early(entry.key, { code: 'fault', by: 'switchboard', detail: workerErrors.callFault.code })
    })
    this.#o.changed()
    return true
  }

  /** A call ended before it had a leg to run on. Idempotent. */
  early(key: LegId, why: EndReason): void {
    const call = this.#live.get(key)
    if (!call || call.leg || call.endedEarly) return
    call.endedEarly = why
    this.#o.ledger?.append(call.id, now(), { kind: 'end', why })
    this.#freed(call, why)
  }

  /** An error of ours in what a way in does for a call. */
  fail(key: LegId, error: unknown): void {
    this.#live.get(key)?.runner?.fail(error)
  }

  #refuse(entry: Entry, why: Refusal, found: Found | null): false {
    entry.refuse(why, found)
    entry.over()
    this.#o.telemetry.metrics.refused(why === 'no_media' ? 'no_ports' : why)
    this.#o.log.info({ why, over: entry.incoming.source.transport }, 'call refused')
    return false
  }

  async #start(call: LiveCall): Promise<void> {
    const { entry, found } = call
    const fail = (error: unknown): void => call.runner?.fail(error)
    const leg = await blameOn({ fail }, () => entry.open(found, fail))
    if (call.endedEarly) return leg?.close(call.endedEarly)
    if (!leg) {
      this.#refuse(entry, 'no_media', found)
      return this.early(entry.key, { code: 'rejected', by: 'switchboard', detail: workerErrors.noMediaPort.code })
    }
    call.leg = leg
    this.#run(call, leg)
  }

  #run(call: LiveCall, leg: WorkerLeg): void {
    const { found, incoming, entry } = call
    const codec = leg.format.encoding.toUpperCase()
    call.trace.legStart(leg.id, now(), { codec, peer: incoming.source.address })
    const { revision } = found
    const context = new CallContext(call.id, found, incoming)
    const { transfer } = leg.can
    const legTransfers = transfer === 'bridge' ? 'none' : transfer
    const reached = (base: CallPolicy): CallPolicy =>
      policyOfCall(
        revision,
        this.#o.speech.dress(revision, base),
        found.trunk.key,
        legTransfers,
        leg.relay !== undefined,
      )
    const policy = ringingWithin(reached(context.policy), entry.longestRingMs)
    const tools = toolsOf(policy)
    const candidates = candidatesOf(revision.behaviour.model)
    const ids = { call: call.id, trace: call.trace.traceId }
    const runner = new CallRunner({
      id: call.id,
      leg,
      policy,
      now,
      createSession: model => this.#o.sessions.create(revision, candidateAt(candidates, model), call.log),
      sessionConfig: model =>
        sessionConfigOf(
          revision.behaviour,
          candidateAt(candidates, model),
          leg.format,
          tools,
          ids,
          context.instructions,
        ),
      attempt: (model, anyway) => this.#o.sessions.attempt(candidateAt(candidates, model), anyway),
      askContext: async signal => {
        const outcome = await context.ask(signal, call.trace.traceparentFor())
        return outcome.policy === undefined ? outcome : { ...outcome, policy: reached(outcome.policy) }
      },
      clip: id => this.#o.clips.get(id, leg.format),
      runTool: this.#o.toolRunner(revision, tool => call.trace.traceparentFor(tool)),
      dial: (id, destination, listener) => {
        const ringMs = policy.destinations?.find(each => each.name === destination)?.ringMs ?? 0
        return this.#o.dial(call, id, destination, ringMs, listener)
      },
      record: (at, recorded) => this.#record(call, at, recorded),
      trace: (at, mark) => call.trace.mark(mark, at),
      freed: why => this.#freed(call, why),
      fault: (what, error) => call.log.error({ err: error }, what),
    })
    call.runner = runner
    const { transport } = incoming.source
    call.log.info({ called: incoming.requestUri.user, law: codec, transport }, 'call offered')
    call.leavePacer = this.#o.pacer.add({
      tick: at => {
        leg.tick(at)
        runner.ticked()
      },
      fail: error => runner.fail(error),
    })
    runner.dispatch({ type: 'offered', leg: leg.id })
    this.#tellDrain(call)
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

  #freed(call: LiveCall, why: EndReason): void {
    const { entry } = call
    if (!this.#live.delete(entry.key)) return
    call.leavePacer()
    call.slot.free()
    call.letPeersGo()
    entry.over()
    this.#gone.lost += call.leg?.counts.lost ?? 0
    this.#gone.late += call.leg?.counts.late ?? 0
    call.trace.legEnd(entry.key, now(), why)
    call.trace.end(why, now())
    const endRecord = (): void => this.#o.ledger?.end(call.id)
    if (entry.lingerMs === undefined) endRecord()
    else setTimeout(endRecord, entry.lingerMs).unref()
    call.log.info({ code: why.code, by: why.by, ms: wallTime() - call.since }, 'call ended')
    this.#o.changed()
  }
}

/** A carrier that waits for an answer waits so long and no longer. */
function ringingWithin(policy: CallPolicy, longestMs: Ms | undefined): CallPolicy {
  if (longestMs === undefined || policy.answerWithinMs <= longestMs) return policy
  return { ...policy, answerWithinMs: longestMs }
}
