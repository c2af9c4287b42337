/**
 * A carrier's media stream as a leg: its webhook rings, our answer to it answers, its socket carries audio. What needs the carrier's credentials is
 * asked of whoever holds them ({@link StreamControl}); this side never sees them.
 */
import type { EndReason, LegCapabilities, LegCommand, LegEvent, LegId } from '#runtime/call/ports.ts'
import type { EchoJudgement } from '#runtime/media/echo-detector.ts'
import type { Ms } from '#runtime/media/format.ts'
import { MarkedPlayout } from '#runtime/media/marked-playout.ts'
import { CAN } from './can.ts'
import { readMessage } from './messages.ts'
import { FORMAT, StreamMedia, type StreamSink } from './stream-media.ts'

/** What the gateway does for a leg. */
export interface StreamControl {
  /** The webhook is answered: connect a stream to us. */
  answer(): void
  /** The webhook is answered: no. `status` as a SIP final response. */
  reject(status: number): void
  /** Ends the call at the carrier, and then its socket. Never rejects. Idempotent. */
  hangUp(): void
  /** Asks the carrier to call a destination instead of us; what comes of it is told to the leg. False: it cannot be asked. */
  transfer(destination: string): boolean
  /** The caller is wanted here again, if the carrier has them speak with nobody. */
  recall(): void
  /** The stream has stopped. True: because of a transfer, and the call goes on; the leg was told. */
  streamEnded(): boolean
}

export interface StreamLegOptions {
  readonly id: LegId
  readonly control: StreamControl
  readonly now: () => Ms
}

type Unreached = 'busy' | 'noAnswer' | 'failed'

const NONE = { lost: 0, late: 0, jitterMs: 0 } as const

export class StreamLeg {
  readonly id: LegId
  readonly can: LegCapabilities = CAN
  readonly format = FORMAT
  readonly playout = new MarkedPlayout(FORMAT, unconfirmed => this.#media?.clear(unconfirmed))
  readonly #o: StreamLegOptions
  #media: StreamMedia | null = null
  #onFrame: (frame: Uint8Array, at: Ms) => void = () => undefined
  #onEvent: (event: LegEvent) => void = () => undefined
  /** Why we hung up, for the end that follows. */
  #ours: EndReason | null = null
  #ended = false
  /** Command that the carrier was asked to carry out. */
  #transferring: string | null = null
  /** The stream ended and another one will come, with this outcome of a transfer; null: the machine knows it already. */
  #awaited: { readonly outcome: Unreached | null } | null = null

  constructor(options: StreamLegOptions) {
    this.#o = options
    this.id = options.id
  }

  get counts(): typeof NONE | StreamMedia['counts'] {
    return this.#media?.counts ?? NONE
  }

  get ended(): boolean {
    return this.#ended
  }

  onFrame(listener: (frame: Uint8Array, at: Ms) => void): void {
    this.#onFrame = listener
  }

  onEvent(listener: (event: LegEvent) => void): void {
    this.#onEvent = listener
  }

  /** Every 20 ms, at the time it was due. */
  tick(now: Ms): void {
    this.#media?.tick(now)
  }

  quietMs(): Ms | null {
    return this.#media?.quietMs() ?? null
  }

  judge(): EchoJudgement | null {
    return this.#media?.judge(this.#o.now()) ?? null
  }

  /** The carrier's stream has begun, and is the one that was asked for. */
  attach(streamSid: string, sink: StreamSink): void {
    if (this.#ended || this.#media) return
    const emit = (event: LegEvent): void => this.#emit(event)
    const awaited = this.#awaited
    this.#awaited = null
    this.#media = new StreamMedia(this.playout, streamSid, sink, this.#o.now(), {
      onFrame: (frame, at) => this.#onFrame(frame, at),
      onDigit: (digit, ms) => emit({ type: 'digit', digit, ms }),
      onMedia: () => emit({ type: 'media' }),
      onSilent: forMs => emit({ type: 'silent', forMs }),
      onResumed: () => emit({ type: 'resumed' }),
      onDeaf: () => this.close({ code: 'media_lost', by: 'caller', detail: 'the carrier confirms no audio' }),
    })
    if (awaited === null) emit({ type: 'answered' })
    else if (awaited.outcome !== null) this.transferred(awaited.outcome)
  }

  /** The stream has ended, and the call has not. Idempotent. */
  detach(): void {
    if (!this.#media) return
    this.#media = null
    this.playout.lose()
    // a line that is not there is not a silent one
    this.#emit({ type: 'resumed' })
  }

  /** The phone rings to which the carrier was asked to hand the call. */
  dialling(): void {
    if (this.#transferring !== null) this.#emit({ type: 'transferring', id: this.#transferring })
  }

  transferred(outcome: 'done' | 'refused' | Unreached): void {
    const id = this.#transferring
    if (id === null) return
    if (outcome !== 'failed') this.#transferring = null
    this.#emit({ type: 'transferred', id, outcome })
  }

  /** Another stream of this call is on its way. */
  comesBack(outcome: Unreached | null): void {
    this.#awaited = { outcome }
  }

  /** A text message of the stream, as bytes. */
  message(data: Buffer): void {
    if (this.#ended) return
    const message = readMessage(data.toString('latin1'))
    if (message === null) return
    if (message.event === 'stop') {
      if (!this.#o.control.streamEnded()) this.gone({ code: 'hangup', by: 'caller' })
      return
    }
    this.#media?.message(message, this.#o.now())
  }

  /** The call is over at the carrier, for this reason unless we ended it. */
  gone(why: EndReason): void {
    this.#end(this.#ours ?? why)
  }

  perform(command: LegCommand): void {
    if (this.#ended) return
    const { id } = command
    switch (command.do) {
      case 'ring':
        return this.#done(id, true)
      case 'answer':
        this.#o.control.answer()
        return this.#done(id, true)
      case 'reject':
        this.#ours = { code: 'rejected', by: 'switchboard' }
        this.#o.control.reject(command.status)
        return this.#end(this.#ours)
      case 'hangUp':
        this.#ours = command.why
        this.#o.control.hangUp()
        if (!this.#media) this.#end(command.why)
        return
      case 'transfer':
        this.#transferring = id
        if (!this.#o.control.transfer(command.destination)) this.transferred('refused')
        return
      case 'recall':
        this.#o.control.recall()
        return this.#done(id, true)
      case 'sendDigits':
      case 'hold':
        return this.#done(id, false)
    }
  }

  /** Idempotent. */
  close(why: EndReason): void {
    if (this.#ended) return
    this.#ours ??= why
    this.#o.control.hangUp()
    this.#end(why)
  }

  #done(id: string, ok: boolean): void {
    this.#emit(ok ? { type: 'done', id, ok } : { type: 'done', id, ok, code: 'not_on_this_leg' })
  }

  #end(why: EndReason): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEvent({ type: 'ended', why })
  }

  #emit(event: LegEvent): void {
    if (!this.#ended) this.#onEvent(event)
  }
}
