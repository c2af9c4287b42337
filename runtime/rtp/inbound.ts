import type { Law, Ms } from '#runtime/media/format.ts'
import { converterOf } from '#runtime/media/g711.ts'
import { newRtpHeader, parseRtp } from './header.ts'
import { newCounters } from './inbound-counters.ts'
import * as limit from './inbound-limits.ts'
import type { InboundCodec, InboundFigures, InboundOptions } from './inbound-port.ts'
import { InboundTimeline } from './inbound-timeline.ts'
import { PacketAside } from './packet-aside.ts'
import { PauseMemory } from './pause-memory.ts'
import { type PayloadKind, payloadKinds } from './payload-kinds.ts'
import { ReceiveStatistics } from './receive-statistics.ts'
import { MAX_PAYLOAD, ReorderBuffer } from './reorder-buffer.ts'
import { sequenceDelta, timestampAdd, timestampDelta } from './sequence.ts'
import { Source } from './source.ts'
import { TelephoneEventReceiver } from './telephone-event.ts'

export type { InboundCounters } from './inbound-counters.ts'
export type { InboundCodec, InboundListener, InboundOptions } from './inbound-port.ts'

/**
 * The way in of one RTP leg: packets in any order and number become one frame per 20 ms. In-order packets pass at once; holes wait at
 * most 60 ms and are concealed; pauses are filled by our clock; keys come out as digits.
 */
export class Inbound {
  readonly statistics = new ReceiveStatistics()
  readonly counters = newCounters()
  readonly #law: Law
  #kinds: readonly PayloadKind[]
  readonly #source = new Source()
  readonly #keys: TelephoneEventReceiver
  readonly #timeline: InboundTimeline
  readonly #waiting = new ReorderBuffer()
  readonly #header = newRtpHeader()
  readonly #aside = new PacketAside()
  readonly #pauses = new PauseMemory()
  #started = false
  #aligned = false
  #muted = false
  /** The peer has said that it pauses. */
  #quiet = true
  #nextTimestamp = 0
  /** Where real audio ended: what is older than this and came later is late; between here and next there is only filling. */
  #realEnd = 0
  #lastSequence = 0
  #lateSince: Ms | null = null
  #lastTick: Ms | null = null
  #lastPacketAt: Ms | null = null

  constructor(options: InboundOptions) {
    this.#law = options.law
    this.#timeline = new InboundTimeline(options.law, options.listener.onFrame)
    this.#keys = new TelephoneEventReceiver(options.listener.onDigit)
    this.#kinds = payloadKinds(options.codec)
  }

  get ssrc(): number | null {
    return this.#source.ssrc
  }

  /** When the last packet of the peer came, of any kind; null before the first. */
  get lastPacketAt(): Ms | null {
    return this.#lastPacketAt
  }
  /** What was made of the packets so far. */
  get figures(): InboundFigures {
    return this.#timeline
  }

  setCodec(codec: InboundCodec): void {
    this.#kinds = payloadKinds(codec)
  }

  /** From now on there is a frame every 20 ms, whether packets come or not. The first packet starts too. */
  start(now: Ms): void {
    if (this.#started) return
    this.#started = true
    this.#timeline.start(now)
    this.#lastTick = now
  }

  /** Muted (hold): packets are counted, keys are heard, the model gets silence. */
  setMuted(muted: boolean): void {
    if (this.#muted === muted) return
    this.#muted = muted
    this.#quiet = muted
    this.#aligned = false
    this.#waiting.clear()
    this.#timeline.noise.setSilent()
    this.#timeline.forget()
  }

  /** The first `len` bytes of `buf` came from the peer. Never throws; true when it was RTP of the stream or may become it. */
  packet(buf: Uint8Array, len: number, now: Ms): boolean {
    const header = this.#header
    if (!parseRtp(buf, len, header)) {
      this.counters.malformed++
      return false
    }
    if (this.#kinds[header.payloadType] === 'none') {
      this.counters.unknownType++
      return false
    }
    const verdict = this.#source.observe(header.ssrc, header.sequence)
    if (verdict === 'probation') {
      this.#aside.put(buf, len, now)
      return true
    }
    this.start(now)
    this.#lastPacketAt = now
    if (verdict === 'start') this.#restart(buf, len, now)
    this.#received(buf, verdict === 'old', now)
    return true
  }

  /** Call every 5 to 20 ms: gives up on holes, fills pauses, ends keys whose end was lost. */
  tick(now: Ms): void {
    if (!this.#started) return
    this.#keys.tick(now)
    const stalled = this.#lastTick !== null && now - this.#lastTick > limit.OWN_STALL_MS
    this.#lastTick = now
    this.#drain(now)
    if (stalled || this.#waiting.size > 0) return
    const wait = limit.FRAME_MS + (this.#quiet ? limit.FILL_WAIT_QUIET_MS : limit.FILL_WAIT_MS)
    const behind = now - this.#timeline.head
    if (behind >= limit.STALE_MS + wait) this.#skip(behind - limit.STALE_MS)
    while (now - this.#timeline.head >= wait) this.#fillFrame(now)
  }

  /** A new stream: what waits of the old one is played out, then its first packets, of which one may lie aside. */
  #restart(buf: Uint8Array, len: number, now: Ms): void {
    const header = this.#header
    while (this.#waiting.size > 0) this.#playFirst(now)
    this.#aligned = false
    this.#quiet = this.#muted
    this.#pauses.clear()
    this.#keys.reset(now)
    const { ssrc, sequence } = header
    if (
      parseRtp(this.#aside.packet, this.#aside.take(), header) &&
      header.ssrc === ssrc &&
      sequenceDelta(sequence, header.sequence) === 1
    ) {
      this.statistics.start(header.sequence)
      this.#align(header.timestamp, header.sequence, now, this.#aside.at)
      this.#received(this.#aside.packet, false, now)
    } else this.statistics.start(sequence)
    parseRtp(buf, len, header)
  }

  #received(buf: Uint8Array, old: boolean, now: Ms): void {
    const header = this.#header
    const kind = this.#kinds[header.payloadType]!
    const length = header.payloadEnd - header.payloadStart
    this.statistics.receive(header.sequence, header.timestamp, now, kind !== 'event')
    if (kind === 'event') {
      this.#keys.packet(header.timestamp, header.marker, buf, header.payloadStart, header.payloadEnd, now)
      this.#pause(header.sequence, now)
    } else if (kind === 'noise') {
      if (length > 0) this.#timeline.noise.setLevel(buf[header.payloadStart]!)
      this.#pause(header.sequence, now)
    } else if (kind === 'none') return
    else if (length === 0) {
      this.counters.empty++
      this.#pause(header.sequence, now)
    } else if (length > MAX_PAYLOAD) this.counters.huge++
    else if (!this.#muted) this.#audio(buf, converterOf(kind, this.#law), old, now)
  }

  #pause(sequence: number, now: Ms): void {
    this.#pauses.add(sequence)
    this.#quiet = true
    this.#drain(now)
  }

  #audio(buf: Uint8Array, convert: Uint8Array, old: boolean, now: Ms): void {
    const { timestamp, sequence, payloadStart, payloadEnd } = this.#header
    const length = payloadEnd - payloadStart
    if (!this.#aligned) this.#align(timestamp, sequence, now)
    let ahead = timestampDelta(timestamp, this.#nextTimestamp)
    const early = this.#timeline.head + ahead / limit.SAMPLES_PER_MS - now
    if (ahead < 0) {
      const filledOver = timestampDelta(timestamp, this.#realEnd) >= 0
      if (filledOver && early >= -limit.STALE_MS && this.#timeline.head - now < limit.STALE_MS) {
        // Only filling stands in its place: better late than never; the time is made good in the next quiet.
        this.#nextTimestamp = timestamp
        ahead = 0
      } else if (old) {
        this.counters[sequence === this.#lastSequence ? 'duplicate' : 'late']++
        return
      } else if (filledOver && !this.#resync(now)) {
        this.counters.stale++
        return
      } else {
        this.#align(timestamp, sequence, now)
        ahead = 0
      }
    } else if (!old && early > limit.JUMP_MS) {
      this.#align(timestamp, sequence, now)
      ahead = 0
    } else if (early < -limit.STALE_MS && ahead === 0) {
      if (!this.#resync(now)) {
        this.counters.stale++
        this.#skip(length / limit.SAMPLES_PER_MS)
        this.#lastSequence = sequence
        this.#realEnd = this.#nextTimestamp
        return
      }
      this.#align(timestamp, sequence, now)
    } else if (early >= -limit.STALE_MS) this.#lateSince = null
    if (this.#waiting.size === 0 && (ahead === 0 || this.#pauses.explains(this.#lastSequence, sequence))) {
      this.#advance(ahead, false, now)
      this.#play(buf, payloadStart, payloadEnd, convert, sequence, now)
      return
    }
    if (this.#waiting.full) this.#playFirst(now)
    const place = this.#waiting.place(timestamp, sequence, length, now)
    if (!place) return void this.counters.duplicate++
    for (let i = 0; i < length; i++) place.audio[i] = convert[buf[payloadStart + i]!]!
    this.#drain(now)
  }

  /** Packets keep coming too late, and not all at once: true when their delay is to become the normal one. */
  #resync(now: Ms): boolean {
    this.#lateSince ??= now
    return now - this.#lateSince >= limit.RESYNC_MS
  }

  /** The stream's clock is set anew: `timestamp` was at `then`. */
  #align(timestamp: number, sequence: number, now: Ms, then = now): void {
    while (this.#waiting.size > 0) this.#playFirst(now)
    const behind = then - this.#timeline.head
    if (behind > limit.STALE_MS) this.#skip(behind - limit.STALE_MS)
    while (then - this.#timeline.head >= limit.FRAME_MS) this.#fillFrame(now)
    this.#aligned = true
    this.#nextTimestamp = timestamp
    this.#realEnd = timestamp
    this.#lastSequence = (sequence - 1) & 0xffff
    this.#lateSince = null
  }

  /** Plays what waits, as far as it is in order or has waited long enough. */
  #drain(now: Ms): void {
    for (let first = this.#waiting.first; first; first = this.#waiting.first) {
      const ahead = timestampDelta(first.timestamp, this.#nextTimestamp)
      const due =
        ahead <= 0 ||
        this.#pauses.explains(this.#lastSequence, first.sequence) ||
        now - this.#waiting.waitingSince >= limit.REORDER_WAIT_MS
      if (!due) return
      this.#playFirst(now)
    }
  }

  #playFirst(now: Ms): void {
    const first = this.#waiting.first!
    const ahead = timestampDelta(first.timestamp, this.#nextTimestamp)
    this.#waiting.shift()
    if (ahead < 0) return void this.counters.late++
    this.#advance(ahead, !this.#pauses.explains(this.#lastSequence, first.sequence), now)
    this.#play(first.audio, 0, first.length, converterOf(this.#law, this.#law), first.sequence, now)
  }

  #play(audio: Uint8Array, start: number, end: number, convert: Uint8Array, sequence: number, now: Ms): void {
    this.#timeline.write(audio, start, end, convert, now)
    this.#nextTimestamp = timestampAdd(this.#nextTimestamp, end - start)
    this.#realEnd = this.#nextTimestamp
    this.#lastSequence = sequence
    this.#quiet = false
    if (this.#waiting.size > 0) this.#drain(now)
  }

  /** Fills `samples` up to the next real ones; of a hole longer than {@link limit.STALE_MS} only the end. */
  #advance(samples: number, lost: boolean, now: Ms): void {
    if (samples <= 0) return
    const excess = Math.min(samples / limit.SAMPLES_PER_MS, now - this.#timeline.head - limit.STALE_MS)
    if (excess > 0) this.#skip(excess)
    const left = excess > 0 ? samples - Math.round(excess * limit.SAMPLES_PER_MS) : samples
    if (left <= 0) return
    if (lost) this.#timeline.conceal(left, now)
    else this.#timeline.quiet(left, now)
    this.#nextTimestamp = timestampAdd(this.#nextTimestamp, left)
  }

  #skip(ms: Ms): void {
    this.#timeline.skip(ms)
    this.#nextTimestamp = timestampAdd(this.#nextTimestamp, Math.round(ms * limit.SAMPLES_PER_MS))
  }

  #fillFrame(now: Ms): void {
    const n = this.#timeline.missing
    if (this.#quiet || !this.#aligned) this.#timeline.quiet(n, now)
    else this.#timeline.conceal(n, now)
    this.#nextTimestamp = timestampAdd(this.#nextTimestamp, n)
  }
}
