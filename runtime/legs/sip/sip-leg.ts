/** A SIP call as a {@link Leg}: the user agent's events and commands on one side, RTP on the other, the call machine's words between. */
import type { EndReason, LegCapabilities, LegCommand, LegEvent, RingbackTone } from '#runtime/call/ports.ts'
import type { EchoJudgement } from '#runtime/media/echo-detector.ts'
import type { AudioFormat, Law, Ms } from '#runtime/media/format.ts'
import { FramePlayout } from '#runtime/media/playout.ts'
import { Relay } from '#runtime/media/relay.ts'
import { ringback } from '#runtime/media/ringback.ts'
import type { CallKey, LocalMedia, MediaDescription, SipCommand, SipEvent, Target } from '#runtime/sip/api.ts'
import { outcomeOfEnd, outcomeOfStatus } from './call-outcome.ts'
import { CAN } from './can.ts'
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
  /** Whom the peer is asked to call for a destination; null: it cannot be asked. Without it the leg hands no calls over. */
  readonly refer?: (destination: string) => { readonly to: string; readonly by: string } | null
}

/** Whom a leg calls, and how. */
export interface Dialled {
  readonly to: string
  readonly from: string
  readonly target: Target
  readonly ringMs: Ms
}

/** The last words lie in the peer's jitter buffer for about this long: a BYE right behind them would cut them. */
const TAIL_MS = 200

export class SipLeg {
  readonly id: CallKey
  readonly can: LegCapabilities
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
  #relay: Relay | null = null
  /** We called, and there is no answer yet. */
  #dialling = false
  /** Command that the peer was asked to carry out by REFER. */
  #referring: string | null = null
  #accepted = false

  constructor(options: SipLegOptions) {
    this.#o = options
    this.can = options.refer ? CAN : { ...CAN, transfer: 'none' }
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

  /** Calls somebody: the leg is ours instead of the peer's. Its events tell how that goes, 'ended' last. */
  dial(who: Dialled): void {
    this.#dialling = true
    this.#o.command({ do: 'invite', call: this.#o.call, local: this.#local(), ...who })
  }

  /** Another leg's frame, in this leg's format, to be heard now; null: no more of it. */
  relay(frame: Uint8Array | null): void {
    if (frame === null) {
      this.#relay = null
      this.playout.setLive(null)
      return
    }
    if (this.#relay === null) {
      this.#relay = new Relay(this.format)
      this.playout.setLive(this.#relay)
    }
    this.#relay.push(frame)
  }

  tone(tone: RingbackTone | null): void {
    this.playout.setFiller(tone === null ? null : ringback(tone, this.format))
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
        if (this.#dialling) this.#emit({ type: 'unanswered', outcome: outcomeOfEnd(event) })
        this.#end(endReasonOf(event, this.#ours))
        return
      case 'provisional':
        if (event.media) this.#hears(event.media)
        if (event.media || event.status >= 180) this.#emit({ type: 'ringing', early: event.media !== null })
        return
      case 'answered':
        this.#dialling = false
        this.#hears(event.media)
        this.#emit({ type: 'answered' })
        this.#hold(event.media.hold)
        return
      case 'referring':
        this.#accepted = true
        if (this.#referring !== null) this.#emit({ type: 'transferring', id: this.#referring })
        return
      case 'referred':
        return this.#referred(event)
      case 'incoming':
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
      case 'transfer':
        return this.#refer(id, command.destination)
      case 'recall': // its media never left
        return this.#done(id, true)
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

  /** Early media, or the answer. */
  #hears(media: MediaDescription): void {
    if (this.#media.started) this.#media.update(media)
    else this.#media.start(media)
  }

  #refer(id: string, destination: string): void {
    const target = this.#o.refer?.(destination) ?? null
    if (target === null) return this.#emit({ type: 'transferred', id, outcome: 'refused' })
    this.#referring = id
    this.#accepted = false
    this.#o.command({ do: 'refer', call: this.#o.call, ...target })
  }

  /** A REFER that is refused says nothing of who was to be called; one that fails later does. */
  #referred({ ok, status }: Extract<SipEvent, { type: 'referred' }>): void {
    const id = this.#referring
    if (id === null) return
    this.#referring = null
    const outcome = ok ? 'done' : this.#accepted ? outcomeOfStatus(status) : 'refused'
    this.#emit({ type: 'transferred', id, outcome })
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
