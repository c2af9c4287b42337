/** The model of one session: decides by the director, speaks by response runs, one at a time in the conversation. */
import type { ResponseParams } from './client-events.ts'
import { Conversation } from './conversation.ts'
import { Director, type Plan, type Trigger } from './director.ts'
import type { EventLog } from './event-log.ts'
import type { Fault, Faults } from './faults.ts'
import { newId } from './ids.ts'
import type { Settings } from './options.ts'
import type { Outbox } from './outbox.ts'
import type { RateLimits } from './rate-limits.ts'
import { REFUSALS, type Refusal } from './refusal.ts'
import { ResponseRun } from './response.ts'
import type { Ending, Over, ResponseHost, ResponseSpec } from './response-spec.ts'
import type { Turn } from './script.ts'
import type { SessionShape } from './session-shape.ts'
import { contextTokens, usageOf } from './usage.ts'

export interface ResponderWorld {
  readonly settings: Settings
  readonly faults: Faults
  readonly log: EventLog
  readonly limits: RateLimits
  nextMark(): number
}

const MAX_OUT_OF_BAND = 8

interface Memory {
  readonly plan: Plan
  readonly triggers: readonly Trigger[]
  readonly first: boolean
}

export class Responder {
  readonly conversation = new Conversation()
  readonly conversationId = newId('conv')
  readonly director: Director
  readonly #world: ResponderWorld
  readonly #out: Outbox
  readonly #session: () => SessionShape
  readonly #faulted: (fault: Fault) => void
  readonly #outOfBand = new Set<ResponseRun>()
  #active: ResponseRun | null = null
  #memory: Memory | null = null
  #triggers: Trigger[] = []
  /** How often the faults that turns bring have struck. */
  readonly #struck = new Map<Turn, number>()
  #first = true
  #seen = { text: 0, audio: 0 }
  /** The model's last words were cut short. */
  interrupted = false
  /** The model has produced audio: its voice is fixed. */
  spoke = false
  /** When the audio of the last response will have been played, if the client plays it as it comes (performance.now). */
  playedAt = 0
  onOver: () => void = () => {}

  /** @param faulted told of faults that a turn of the script brings with it */
  constructor(world: ResponderWorld, out: Outbox, session: () => SessionShape, faulted: (fault: Fault) => void) {
    this.#world = world
    this.#out = out
    this.#session = session
    this.#faulted = faulted
    this.director = new Director(world.settings.script)
  }

  get active(): ResponseRun | null {
    return this.#active
  }

  happened(trigger: Trigger): void {
    this.#triggers.push(trigger)
  }

  /** A conversation replayed by the client: what the agent said in it answered everything before. */
  replayed(said: string): void {
    this.#triggers = []
    this.#first = false
    this.director.replayed(said)
  }

  create(params: ResponseParams): Refusal | null {
    const outOfBand = params.conversation === 'none'
    if (outOfBand ? this.#outOfBand.size >= MAX_OUT_OF_BAND : this.#active !== null) {
      return REFUSALS.activeResponse(this.#active?.spec.id ?? '')
    }
    const session = this.#session()
    const instructions = params.instructions ?? null
    const asked = {
      triggers: outOfBand ? [] : this.#triggers,
      instructions,
      interrupted: this.interrupted,
      first: this.#first,
    }
    const plan = this.director.next(asked)
    const run = new ResponseRun(this.#spec(params, plan, session, outOfBand), this.#host(session, instructions))
    if (outOfBand) this.#outOfBand.add(run)
    else {
      this.#memory = { plan, triggers: this.#triggers, first: this.#first }
      this.#triggers = []
      this.#first = false
      this.interrupted = false
      this.#active = run
    }
    this.#begin(run, plan)
    return null
  }

  #begin(run: ResponseRun, plan: Plan): void {
    const { limits, log, faults } = this.#world
    const now = performance.now()
    const allowed = limits.request(now)
    const session = this.#session().id
    log.add(session, 'sim', 'response.plan', { response: run.spec.id, turn: plan.turn?.name ?? null })
    const failed = faults.take('failed', session) ?? ofKind(this.#brought(plan), 'failed')
    run.announce()
    this.#out.emit({ type: 'rate_limits.updated', rate_limits: limits.state(now) })
    if (!allowed) run.finish({ status: 'failed', error: rateError('Rate limit reached.') })
    else if (failed !== null) {
      run.finish({ status: 'failed', error: { type: 'server_error', code: failed.code, message: failed.message } })
    } else run.begin()
    for (const fault of faults.takeAt('response', session)) this.#faulted(fault)
    const brought = this.#brought(plan)
    if (brought !== null && 'when' in brought) this.#faulted(brought)
    if (plan.turn !== null) this.#struck.set(plan.turn, (this.#struck.get(plan.turn) ?? 0) + 1)
  }

  /** The fault the turn itself brings, unless it struck as often as it should. */
  #brought({ turn }: Plan): Fault | null {
    if (turn?.fault === undefined) return null
    return (this.#struck.get(turn) ?? 0) < turn.fault.count ? turn.fault : null
  }

  #spec(params: ResponseParams, plan: Plan, session: SessionShape, outOfBand: boolean): ResponseSpec {
    const { settings, faults } = this.#world
    const slow = faults.take('slow', session.id) ?? ofKind(this.#brought(plan), 'slow')
    const empty = faults.take('empty', session.id) ?? ofKind(this.#brought(plan), 'empty')
    const incomplete = faults.take('incomplete', session.id) ?? ofKind(this.#brought(plan), 'incomplete')
    const choice = params.tool_choice ?? session.tool_choice
    const format = params.audio?.output?.format ?? session.audio.output.format
    return {
      id: newId('resp'),
      conversationId: outOfBand ? null : this.conversationId,
      modality: (params.output_modalities ?? session.output_modalities)[0] ?? 'audio',
      format: format.type === 'audio/pcm' ? ({ type: 'audio/pcm', rate: 24_000 } as const) : format,
      voice: params.audio?.output?.voice ?? session.audio.output.voice,
      maxOutputTokens: params.max_output_tokens ?? session.max_output_tokens,
      metadata: params.metadata ?? null,
      outputs: empty === null ? plan.outputs.filter(o => choice !== 'none' || !('call' in o)) : [],
      pace: settings.pace,
      waitMs: plan.waitMs + (slow?.ms ?? 0),
      speech: settings.speech,
      endsAfter:
        incomplete === null
          ? null
          : { audioMs: incomplete.audioMs, ending: { status: 'incomplete', reason: incomplete.reason } as const },
    }
  }

  #host(session: SessionShape, instructions: string | null): ResponseHost {
    const before = contextTokens(instructions ?? session.instructions, this.conversation.items)
    return {
      emit: event => this.#out.emit(event),
      nextMark: () => this.#world.nextMark(),
      add: item => {
        const previous = this.conversation.lastId
        this.conversation.add(item)
        this.#world.log.add(session.id, 'sim', 'item', { item: item.item.id, mark: item.mark })
        return previous
      },
      usage: output => {
        const usage = usageOf(before, output, this.#seen)
        this.#seen = before
        this.#world.limits.spend(usage.total_tokens)
        return usage
      },
      over: (run, ending) => this.#over(run, ending),
    }
  }

  #over(run: Over, ending: Ending): void {
    if (run.audioMs > 0) this.spoke = true
    for (const other of this.#outOfBand) if (other.spec === run.spec) return void this.#outOfBand.delete(other)
    this.#active = null
    const now = performance.now()
    this.playedAt = Math.max(now, this.playedAt) + run.audioMs
    if (ending.status === 'cancelled') {
      this.interrupted = run.audioMs > 0
      this.playedAt = now
    }
    // A response that said nothing did not use its turn up: asked again, the model answers the same things.
    const memory = this.#memory
    const emptied = memory !== null && memory.plan.outputs.length > 0 && run.spec.outputs.length === 0
    if (memory !== null && (ending.status !== 'completed' || emptied) && run.audioMs === 0) {
      this.director.release(memory.plan.turn)
      this.#triggers = [...memory.triggers, ...this.#triggers]
      this.#first = memory.first
    }
    this.onOver()
  }

  /** False: nothing to cancel. */
  cancel(reason: 'turn_detected' | 'client_cancelled', id?: string): boolean {
    const other = [...this.#outOfBand].find(r => r.spec.id === id)
    const run = other ?? (id === undefined || this.#active?.spec.id === id ? this.#active : null)
    if (run === null) return false
    run.finish({ status: 'cancelled', reason })
    return true
  }

  close(): void {
    this.#active?.stop()
    for (const run of this.#outOfBand) run.stop()
    this.#outOfBand.clear()
    this.#active = null
  }
}

function ofKind<K extends Fault['kind']>(fault: Fault | null, kind: K): Extract<Fault, { kind: K }> | null {
  return fault?.kind === kind ? (fault as Extract<Fault, { kind: K }>) : null
}

function rateError(message: string): { type: string; code: string; message: string } {
  return { type: 'rate_limit_error', code: 'rate_limit_exceeded', message }
}
