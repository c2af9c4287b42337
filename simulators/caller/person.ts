/**
 * A person's phone, which is called: it rings, is answered or is busy, speaks and listens, one call after another or several at once.
 *
 * ```ts
 * const person = await startPerson({ port: 5080, script: [{ say: 'desk' }, 'listen'] })
 * person.onCall(call => console.log('somebody calls', call.recording()))
 * ```
 */
import type { Law, Ms } from '#runtime/media/format.ts'
import type { SipEvent } from '#runtime/sip/api.ts'
import { Call } from './call.ts'
import { speechesOf } from './caller.ts'
import type { Caller } from './caller-handle.ts'
import { MediaLine } from './media-line.ts'
import type { Speech } from './mouth.ts'
import { Taken } from './opening.ts'
import { asCallerScript, readCallerScript, type Step, type StepInput } from './script.ts'
import { SipLine } from './sip-line.ts'

export interface PersonOptions {
  /** Address of this machine. Default 127.0.0.1. */
  readonly address?: string
  /** Default: any that is free. */
  readonly port?: number
  /** What they do once they have answered: steps, or the path of a script in YAML. Default: answers by name, then listens. */
  readonly script?: readonly StepInput[] | string
  /** Rings so long before it is answered. Default 1 s. */
  readonly ringMs?: Ms
  /** Refuses with this, 486 for busy; null: nobody is there, it rings until the other side gives up. Absent: answers. */
  readonly status?: number | null
  readonly laws?: readonly Law[]
}

export interface Person {
  readonly address: string
  readonly port: number
  /** Calls from now on. */
  onCall(listener: (call: Caller) => void): void
  close(): Promise<void>
}

const RING_MS = 1000
const BY_NAME: readonly StepInput[] = [{ say: 'desk' }, { wait: { ended: true, within: 1_800_000 } }]
/** More than anybody tries at once. */
const MAX_CALLS = 100
const BUSY = 486

/** @throws SB_CALLER_NO_PORT, SB_CALLER_BAD_SCRIPT, SB_CALLER_BAD_AUDIO */
export async function startPerson(options: PersonOptions = {}): Promise<Person> {
  const { script = BY_NAME, address = '127.0.0.1', port = 0, laws = ['PCMU', 'PCMA'] } = options
  const { steps } = typeof script === 'string' ? readCallerScript(script) : asCallerScript({ steps: script })
  const phone = new Phone(options, address, steps, speechesOf(steps))
  const sip = await SipLine.open({ address, port, laws, onEvent: e => phone.sip(e), onUnreachable: () => undefined })
  phone.line = sip
  return phone
}

class Phone implements Person {
  readonly address: string
  line: SipLine | null = null
  readonly #o: PersonOptions
  readonly #steps: readonly Step[]
  readonly #speeches: Map<string, Speech>
  readonly #listeners: ((call: Caller) => void)[] = []
  readonly #calls = new Map<string, Call>()
  /** Calls whose sound is not open yet, and whether they are over already. */
  readonly #coming = new Map<string, { over: boolean }>()
  #closed = false

  constructor(options: PersonOptions, address: string, steps: readonly Step[], speeches: Map<string, Speech>) {
    this.#o = options
    this.address = address
    this.#steps = steps
    this.#speeches = speeches
  }

  get port(): number {
    return this.line?.port ?? 0
  }

  onCall(listener: (call: Caller) => void): void {
    this.#listeners.push(listener)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#calls.values()) call.hangUp()
    await this.line?.finish()
  }

  sip(event: SipEvent): void {
    if (event.type === 'fault') return
    if (event.type === 'incoming') {
      if (this.#calls.size + this.#coming.size < MAX_CALLS) void this.#take(event)
      else this.line?.command({ do: 'reject', call: event.call, status: BUSY })
      return
    }
    const call = this.#calls.get(event.call)
    const coming = this.#coming.get(event.call)
    if (event.type === 'ended') {
      this.#calls.delete(event.call)
      if (coming) coming.over = true
    }
    call?.sip(event)
  }

  async #take(event: Extract<SipEvent, { type: 'incoming' }>): Promise<void> {
    const coming = { over: false }
    this.#coming.set(event.call, coming)
    let call: Call | null = null
    try {
      const line = await MediaLine.open({
        address: this.address,
        faults: { lossPercent: 0, jitterMs: 0 },
        seed: 1,
        onPacket: (bytes, at) => call?.packet(bytes, at),
      })
      const { line: sip } = this
      if (coming.over || this.#closed || sip === null) return line.close()
      const { ringMs = RING_MS, status, laws } = this.#o
      const plan = { ringMs, ...(status !== undefined && { status }) }
      call = new Call({
        opening: new Taken(event, this.address, plan),
        steps: this.#steps,
        speeches: this.#speeches,
        // the line is everybody's, and outlives the call
        sip: { command: what => sip.command(what), heard: true, finish: () => Promise.resolve() },
        line,
        ...(laws && { laws }),
      })
      this.#calls.set(event.call, call)
      for (const listener of this.#listeners) listener(call)
    } catch {
      this.line?.command({ do: 'reject', call: event.call, status: 500 })
    } finally {
      this.#coming.delete(event.call)
    }
  }
}
