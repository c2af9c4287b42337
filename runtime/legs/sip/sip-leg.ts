/** A SIP call as a {@link Leg}: the user agent's events and commands on one side, RTP on the other, the call machine's words between. */
import type { EndReason, LegCapabilities, LegCommand, LegEvent } from '#runtime/call/ports.ts'
import type { EchoJudgement } from '#runtime/media/echo-detector.ts'
import type { AudioFormat, Law, Ms } from '#runtime/media/format.ts'
import { FramePlayout } from '#runtime/media/playout.ts'
import type { CallKey, LocalMedia, SipCommand, SipEvent } from '#runtime/sip/api.ts'
import { endReasonOf, reasonHeader } from './end-reason.ts'
import { LegMedia, type MediaCounts } from './leg-media.ts'
import type { MediaSockets } from './media-sockets.ts'

export interface SipLegOptions {
  readonly call: CallKey
  readonly sockets: MediaSockets
  /** Address that the SDP names. */
  readonly advertise: string
  /** Laws of the trunk, best first. */
  readonly laws: readonly Law[]
  /** The session's law: fixed for the whole call. */
  readonly law: Law
  readonly command: (command: SipCommand) => void
  readonly now: () => Ms
  /** Epoch milliseconds. */
  readonly unixMs: () => number
  readonly random: () => number
  readonly mayLatch: (address: string) => boolean
  /** An error of ours outside of any call into the leg. */
  readonly onFault: (error: unknown) => void
}

/** The last words lie in the peer's jitter buffer for about this long: a BYE right behind them would cut them. */
const TAIL_MS = 200

export class SipLeg {
  readonly id: CallKey
  readonly can: LegCapabilities = { heard: 'rtp', dtmf: true, hold: true, transfer: 'none' }
  readonly format: AudioFormat
  readonly playout: FramePlayout
  readonly #o: SipLegOptions
  readonly #media: LegMedia
  #onFrame: (frame: Uint8Array, at: Ms) => void = () => undefined
  #onEvent: (event: LegEvent) => void = () => undefined
  /** Why we hung up, for the end that follows. */
  #ours: EndReason | null = null
  #hangUpAt: Ms | null = null
  #held = false
  #ended = false

  constructor(options: SipLegOptions) {
    this.#o = options
    this.id = options.call
    this.format = { encoding: options.law === 'PCMU' ? 'pcmu' : 'pcma', rateHz: 8000 }
    this.playout = new FramePlayout({ format: this.format })
    this.#media = new LegMedia({
      sockets: options.sockets,
      law: options.law,
      playout: this.playout,
      now: options.now,
      unixMs: options.unixMs,
      random: options.random,
      mayLatch: options.mayLatch,
      listener: {
        onFrame: (frame, at) => this.#onFrame(frame, at),
        onDigit: (digit, ms) => this.#emit({ type: 'digit', digit, ms }),
        onMedia: () => this.#emit({ type: 'media' }),
        onSilent: forMs => this.#emit({ type: 'silent', forMs }),
        onResumed: () => this.#emit({ type: 'resumed' }),
        onQuality: quality => this.#emit({ type: 'quality', quality }),
        onFault: options.onFault,
      },
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  get counts(): MediaCounts {
    return this.#media.counts()
  }

  onFrame(listener: (frame: Uint8Array, at: Ms) => void): void {
    this.#onFrame = listener
  }

  onEvent(listener: (event: LegEvent) => void): void {
    this.#onEvent = listener
  }

  /** Every 20 ms, at the time it was due. */
  tick(now: Ms): void {
    this.#media.tick(now)
    if (this.#hangUpAt !== null && now >= this.#hangUpAt) this.#hangUp()
  }

  /** How much of the caller's sound is our own coming back, and how long they speak; null before the answer. */
  quietMs(): Ms | null {
    return this.#media.quietMs()
  }

  judge(): EchoJudgement | null {
    return this.#media.judge(this.#o.now())
  }

  /** An event of the user agent for this call. */
  sip(event: SipEvent): void {
    switch (event.type) {
      case 'acked':
        this.#media.start(event.media)
        this.#emit({ type: 'answered' })
        this.#hold(event.media.hold)
        return
      case 'media':
        this.#media.update(event.media)
        this.#hold(event.media.hold)
        return
      case 'ended':
        this.#end(endReasonOf(event, this.#ours))
        return
      case 'incoming':
      case 'provisional':
      case 'answered':
      case 'reinvited':
      case 'fault':
        return
    }
  }

  perform(command: LegCommand): void {
    if (this.#ended) return
    const { id } = command
    const { call } = this.#o
    switch (command.do) {
      case 'ring':
        this.#o.command({ do: 'ring', call })
        return this.#done(id, true)
      case 'answer':
        this.#o.command({ do: 'answer', call, local: this.#local() })
        return this.#done(id, true)
      case 'reject': {
        const { status, reason, retryAfterS } = command
        this.#ours = { code: 'rejected', by: 'switchboard' }
        this.#o.command({
          do: 'reject',
          call,
          status,
          phrase: reason,
          ...(retryAfterS !== undefined && { retryAfterS }),
        })
        return
      }
      case 'hangUp':
        this.#ours = command.why
        this.#hangUpAt = (this.#media.lastAudioAt ?? Number.NEGATIVE_INFINITY) + TAIL_MS
        if (this.#o.now() >= this.#hangUpAt) this.#hangUp()
        return
      case 'sendDigits':
        return this.#done(id, this.#media.sendDigits(command.digits))
      case 'hold':
        this.#o.command({ do: 'reinvite', call, local: this.#local(command.held ? 'sendonly' : 'sendrecv') })
        return this.#done(id, true)
    }
  }

  /** Idempotent. */
  close(why: EndReason): void {
    if (this.#ended) return
    this.#ours ??= why
    this.#o.command({ do: 'hangUp', call: this.#o.call, reason: reasonHeader(why) })
    this.#end(why)
  }

  #hangUp(): void {
    this.#hangUpAt = null
    if (this.#ours) this.#o.command({ do: 'hangUp', call: this.#o.call, reason: reasonHeader(this.#ours) })
  }

  #local(direction: 'sendrecv' | 'sendonly' = 'sendrecv'): LocalMedia {
    const { port } = this.#o.sockets
    return { address: this.#o.advertise, port, rtcpPort: port + 1, laws: this.#o.laws, direction }
  }

  #hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    this.#emit({ type: 'held', held })
  }

  #done(id: string, ok: boolean): void {
    this.#emit({ type: 'done', id, ok })
  }

  #end(why: EndReason): void {
    if (this.#ended) return
    const quality = this.#media.quality()
    if (quality) this.#emit({ type: 'quality', quality })
    this.#ended = true
    this.#media.close()
    this.#onEvent({ type: 'ended', why })
  }

  #emit(event: LegEvent): void {
    if (!this.#ended) this.#onEvent(event)
  }
}
