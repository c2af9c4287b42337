/** Somebody whom the simulated Twilio is told to call: rings, answers or does not, speaks, and keeps what they hear. */
import { randomBytes } from 'node:crypto'
import { ringback } from '#runtime/media/ringback.ts'

/** How a call to a person goes. */
export interface PersonPlan {
  readonly then: 'answers' | 'busy' | 'noAnswer' | 'failed' | 'ringsForEver'
  /** Until they answer, or the line says that it is busy. */
  readonly ringMs?: number
  /** µ-law at 8 kHz, said over and over. */
  readonly says?: Uint8Array
  /** After they have answered. */
  readonly hangUpAfterMs?: number
}

export const ANSWERS: PersonPlan = { then: 'answers' }

const FRAME = 160
const SILENCE = 0xff
/** Two minutes. */
const MAX_HEARD = 8000 * 120
const TONE = ringback('Us', { encoding: 'pcmu', rateHz: 8000 }) ?? new Uint8Array(FRAME).fill(SILENCE)

/** What a judge may ask of one. */
export interface PersonView {
  readonly to: string
  readonly callerId: string
  readonly answered: boolean
  readonly over: boolean
  /** µ-law at 8 kHz of what came to them from the caller. */
  heard(): Uint8Array
}

export class Person implements PersonView {
  readonly callSid = `CA${randomBytes(16).toString('hex')}`
  readonly to: string
  readonly callerId: string
  readonly plan: PersonPlan
  ringing = false
  answered = false
  over = false
  readonly #heard: Uint8Array[] = []
  #bytes = 0
  #at = 0

  constructor(to: string, callerId: string, plan: PersonPlan) {
    this.to = to
    this.callerId = callerId
    this.plan = plan
  }

  /** 20 ms towards the caller: the tone of a phone that rings, then the person. */
  play(out: Uint8Array): void {
    const source = this.answered ? this.plan.says : this.ringing ? TONE : undefined
    if (source === undefined || source.length < FRAME || this.over) {
      out.fill(SILENCE)
      return
    }
    out.set(source.subarray(this.#at, this.#at + FRAME))
    this.#at = this.#at + 2 * FRAME > source.length ? 0 : this.#at + FRAME
  }

  hear(frame: Uint8Array): void {
    if (!this.answered || this.over || this.#bytes >= MAX_HEARD) return
    this.#heard.push(frame.slice())
    this.#bytes += frame.length
  }

  heard(): Uint8Array {
    return Buffer.concat(this.#heard)
  }

  answer(): void {
    this.answered = true
    this.#at = 0
  }
}
