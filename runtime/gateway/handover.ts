/**
 * A caller who is handed to somebody else by the carrier: it is asked by REST to call there instead of us, its stream to us ends, and its callbacks tell the
 * rest. When nobody is reached, or it takes too long, a new stream of the same call is asked for.
 */
import { randomBytes } from 'node:crypto'
import type { EndReason } from '#runtime/call/ports.ts'
import type { StreamLeg } from '#runtime/legs/media-stream/stream-leg.ts'
import type { CarrierDial } from '#runtime/worker/ways-out.ts'
import { CarrierRefusal } from './carrier-refusal.ts'
import type { DialNews, DialResult } from './dial-webhook.ts'
import { hangup, NOTHING } from './twiml.ts'

const ID_BYTES = 18

/** What a call lends to its handover. */
export interface HandoverOptions {
  readonly leg: () => StreamLeg | null
  /** The carrier is asked to call. @throws CarrierRefusal; any other error leaves open whether it does */
  readonly dial: (attempt: string, dial: CarrierDial) => Promise<void>
  /** The carrier is asked to do this instead of what it does. @throws as `dial` */
  readonly redirect: (twiml: string) => Promise<void>
  /** Whether somebody speaks with the caller, as the carrier says. @throws as `dial` */
  readonly isAnswered: () => Promise<boolean>
  /** TwiML by which a new stream to us begins: good once. */
  readonly connect: () => string
  /** The carrier's stream is over, and the call is not. */
  readonly left: () => void
  /** Somebody else has the call: nothing of it is ours any more. */
  readonly handedOver: () => void
  readonly gone: (why: EndReason) => void
  /** The call is over here, and must be there. */
  readonly giveUp: (detail: string) => void
  readonly warn: (error: unknown) => void
}

interface Attempt {
  readonly id: string
  /** asked: by REST, no answer yet; away: the carrier calls; unsure: it did not answer us, and may call or not; back: a new stream is on its way. */
  stage: 'asked' | 'away' | 'unsure' | 'back' | 'over'
  /** The stream has ended. */
  left: boolean
  /** The caller is wanted here again, as soon as that can be asked for. */
  wanted: boolean
  /** What the carrier was told to do when it was over; it may ask twice. */
  reply: string | null
}

export class Handover {
  readonly #o: HandoverOptions
  #attempt: Attempt | null = null

  constructor(options: HandoverOptions) {
    this.#o = options
  }

  begin(dial: CarrierDial): void {
    const attempt: Attempt = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      stage: 'asked',
      left: false,
      wanted: false,
      reply: null,
    }
    this.#attempt = attempt
    this.#o.dial(attempt.id, dial).then(
      () => this.#accepted(attempt),
      (error: unknown) => this.#refused(attempt, error),
    )
  }

  /** The stream has ended. True: the carrier did what it was asked for, or may have done; the call goes on. */
  streamEnded(): boolean {
    const attempt = this.#attempt
    if (attempt === null || attempt.stage === 'back' || attempt.stage === 'over') return false
    this.#leave(attempt)
    // the machine has given it up already, and the agent speaks into nothing
    if (attempt.stage === 'unsure') this.#fetch(attempt)
    return true
  }

  /** A new stream is here. */
  streamBegan(): void {
    if (this.#attempt?.stage === 'back') this.#attempt.stage = 'over'
  }

  /** Of the person's phone. */
  news(id: string, { status }: DialNews): void {
    const attempt = this.#of(id)
    if (attempt === null || attempt.stage === 'back') return
    if (status === 'ringing') this.#o.leg()?.dialling()
    else if (status === 'answered') this.#answered(attempt)
  }

  /** @returns what the carrier is to do with the caller; null: this attempt is not known */
  result(id: string, { outcome, callerThere }: DialResult): string | null {
    const attempt = this.#of(id)
    if (attempt === null) return null
    if (attempt.reply !== null) return attempt.reply
    if (!callerThere) {
      attempt.stage = 'over'
      attempt.reply = NOTHING
      this.#o.gone({ code: 'hangup', by: 'caller' })
    } else if (outcome === 'done') {
      attempt.reply = hangup()
      this.#answered(attempt)
    } else this.#back(attempt, outcome)
    return attempt.reply
  }

  /** The machine has given it up. */
  recall(): void {
    const attempt = this.#attempt
    if (attempt === null || attempt.stage === 'back' || attempt.stage === 'over') return
    if (attempt.stage === 'asked') attempt.wanted = true
    else if (attempt.left) this.#fetch(attempt)
  }

  #of(id: string): Attempt | null {
    return this.#attempt?.id === id ? this.#attempt : null
  }

  #accepted(attempt: Attempt): void {
    if (attempt.stage !== 'asked') return
    attempt.stage = 'away'
    this.#leave(attempt)
    if (attempt.wanted) this.#fetch(attempt)
  }

  #refused(attempt: Attempt, error: unknown): void {
    this.#o.warn(error)
    if (attempt.stage !== 'asked') return
    if (!(error instanceof CarrierRefusal)) {
      attempt.stage = attempt.left ? 'away' : 'unsure'
      if (!attempt.left) this.#o.leg()?.transferred('failed')
      else if (attempt.wanted) this.#fetch(attempt)
      return
    }
    attempt.stage = 'over'
    // refused, and the stream has ended: the caller had hung up
    if (attempt.left) this.#o.gone({ code: 'hangup', by: 'caller' })
    else this.#o.leg()?.transferred('refused')
  }

  #leave(attempt: Attempt): void {
    if (attempt.left) return
    attempt.left = true
    this.#o.left()
    this.#o.leg()?.detach()
  }

  #answered(attempt: Attempt): void {
    if (attempt.stage === 'over') return
    attempt.stage = 'over'
    this.#o.handedOver()
    const leg = this.#o.leg()
    leg?.detach()
    leg?.transferred('done')
  }

  #back(attempt: Attempt, outcome: 'busy' | 'noAnswer' | 'failed' | null): string {
    // its request may overtake its answer to ours
    this.#leave(attempt)
    attempt.stage = 'back'
    this.#o.leg()?.comesBack(outcome)
    attempt.reply = this.#o.connect()
    return attempt.reply
  }

  /** No word came of it, or none that was heard: unless somebody has answered, the caller is taken back. */
  #fetch(attempt: Attempt): void {
    const isOpen = (): boolean => attempt.stage === 'away' || attempt.stage === 'unsure'
    this.#o
      .isAnswered()
      .then(async answered => {
        if (!isOpen()) return
        if (answered) this.#answered(attempt)
        else await this.#o.redirect(this.#back(attempt, null))
      })
      .catch((error: unknown) => {
        this.#o.warn(error)
        if (attempt.stage === 'over') return
        attempt.stage = 'over'
        if (error instanceof CarrierRefusal) this.#o.gone({ code: 'hangup', by: 'caller' })
        else this.#o.giveUp('the caller could not be had back')
      })
  }
}
