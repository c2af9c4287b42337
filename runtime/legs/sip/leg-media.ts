/** The media of one SIP leg: sockets, the way in, the way out, RTCP, quality. Driven by the worker's pacer; it owns no timer. */
import type { Quality } from '#runtime/call/ports.ts'
import type { Law, Ms } from '#runtime/media/format.ts'
import { Inbound } from '#runtime/media/inbound.ts'
import { Outbound } from '#runtime/media/outbound.ts'
import type { Playout } from '#runtime/media/playout-port.ts'
import type { MediaDescription } from '#runtime/sip/media-description.ts'
import { inboundCodec, outboundCodec, outboundMode } from './media-codec.ts'
import type { MediaAddress, MediaSockets } from './media-sockets.ts'

export interface LegMediaOptions {
  readonly sockets: MediaSockets
  /** Law of the session: of frames and playout. */
  readonly law: Law
  readonly playout: Playout
  readonly now: () => Ms
  /** 32 random bits. */
  readonly random: () => number
  /** Whether media may be followed to this address, which is not the one the SDP named. */
  readonly mayLatch: (address: string) => boolean
  readonly listener: LegMediaListener
}

export interface LegMediaListener {
  readonly onFrame: (frame: Uint8Array, at: Ms) => void
  readonly onDigit: (digit: string, ms: Ms) => void
  /** The caller's first packet. */
  readonly onMedia: () => void
  readonly onSilent: (forMs: Ms) => void
  readonly onResumed: () => void
  readonly onQuality: (quality: Quality) => void
  /** An error of ours while a packet was taken. */
  readonly onFault: (error: unknown) => void
}

/** No packet for this long: the line is silent. Told again each time it has doubled. */
const SILENT_MS = 2000
const QUALITY_MS = 5000
/** After the ACK, media from another address than the SDP's is followed for this long. */
const LATCH_MS = 2000
/** Head and the largest payload: 60 ms of G.711. */
const PACKET_BYTES = 12 + 480
const PACKETS = 8

export class LegMedia {
  readonly #o: LegMediaOptions
  /** A sent buffer belongs to the socket until it has left: by the time it is used again that is long ago. */
  readonly #packets = Array.from({ length: PACKETS }, () => Buffer.allocUnsafeSlow(PACKET_BYTES))
  #packet = 0
  #description: MediaDescription | null = null
  #inbound: Inbound | null = null
  #outbound: Outbound | null = null
  #target: MediaAddress | null = null
  #startedAt: Ms = 0
  #latchedTo: MediaAddress | null = null
  #heardFromTarget = false
  #silentAt: Ms = 0
  #silent = false
  #qualityAt: Ms = 0
  #lastAudioAt: Ms | null = null
  #closed = false
  /** Packets from somewhere else than the peer. */
  foreign = 0

  constructor(options: LegMediaOptions) {
    this.#o = options
    options.sockets.onRtp = (bytes, from) => {
      try {
        this.#received(bytes, from)
      } catch (error) {
        options.listener.onFault(error)
      }
    }
  }

  get started(): boolean {
    return this.#outbound !== null
  }

  get held(): boolean {
    return this.#description?.hold ?? false
  }

  /** The ACK came: audio may flow. */
  start(media: MediaDescription): void {
    if (this.#outbound || this.#closed) return
    const { law, random, now, listener } = this.#o
    this.#startedAt = now()
    this.#silentAt = this.#startedAt + SILENT_MS
    this.#qualityAt = this.#startedAt + QUALITY_MS
    this.#inbound = new Inbound({
      law,
      codec: inboundCodec(media),
      listener: { onFrame: listener.onFrame, onDigit: (digit, ms) => listener.onDigit(digit, ms) },
    })
    this.#outbound = new Outbound({
      law,
      codec: outboundCodec(media),
      ssrc: random(),
      sequence: random() & 0xffff,
      timestamp: random(),
    })
    this.#inbound.start(this.#startedAt)
    this.#take(media)
  }

  /** Law, address or direction changed in mid-call. */
  update(media: MediaDescription): void {
    if (!this.#inbound || !this.#outbound || this.#closed) return
    this.#inbound.setCodec(inboundCodec(media))
    this.#outbound.setCodec(outboundCodec(media))
    this.#take(media)
  }

  sendDigits(digits: string): boolean {
    return this.#outbound?.sendDigits(digits) ?? false
  }

  /** When agent audio last left: what the peer's jitter buffer still holds for a moment. */
  get lastAudioAt(): Ms | null {
    return this.#lastAudioAt
  }

  tick(now: Ms): void {
    const outbound = this.#outbound
    if (!outbound || this.#closed) return
    this.#inbound?.tick(now)
    outbound.tick(now)
    if (this.#o.playout.queuedMs > 0 && outbound.mode === 'audio') this.#lastAudioAt = now
    for (;;) {
      const out = this.#packets[this.#packet] as Buffer
      const length = outbound.fill(now, this.#o.playout, out)
      if (length === 0) break
      this.#packet = (this.#packet + 1) % PACKETS
      if (this.#target) this.#o.sockets.sendRtp(out.subarray(0, length), this.#target)
    }
    if (now >= this.#silentAt) this.#checkSilence(now)
    if (now >= this.#qualityAt) {
      this.#qualityAt = now + QUALITY_MS
      this.#o.listener.onQuality(this.quality())
    }
  }

  quality(): Quality {
    const statistics = this.#inbound?.statistics
    return {
      lossIn: statistics?.lossFraction ?? 0,
      lossOut: null,
      jitterInMs: statistics?.jitterMs ?? 0,
      jitterOutMs: null,
      roundTripMs: null,
      mos: 4.4,
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#o.sockets.close()
  }

  #take(media: MediaDescription): void {
    const before = this.#description
    this.#description = media
    this.#outbound?.setMode(outboundMode(media))
    this.#inbound?.setMuted(media.hold)
    const moved = before?.remote.address !== media.remote.address || before.remote.port !== media.remote.port
    if (moved) {
      this.#target = { address: media.remote.address, port: media.remote.port }
      this.#latchedTo = null
      this.#heardFromTarget = false
    }
    this.#silentAt = this.#o.now() + SILENT_MS
  }

  #received(bytes: Buffer, from: MediaAddress): void {
    const inbound = this.#inbound
    if (!inbound) return
    const now = this.#o.now()
    if (!this.#belongs(from, now)) {
      this.foreign += 1
      return
    }
    const first = inbound.lastPacketAt === null
    if (!inbound.packet(bytes, bytes.length, now)) return
    if (first) this.#o.listener.onMedia()
    if (this.#silent) {
      this.#silent = false
      this.#o.listener.onResumed()
    }
  }

  #belongs(from: MediaAddress, now: Ms): boolean {
    const target = this.#target
    if (target && from.address === target.address && from.port === target.port) {
      this.#heardFromTarget = true
      return true
    }
    if (this.#latchedTo || this.#heardFromTarget || now - this.#startedAt > LATCH_MS || !this.#o.mayLatch(from.address))
      return false
    this.#latchedTo = { address: from.address, port: from.port }
    this.#target = this.#latchedTo
    return true
  }

  #checkSilence(now: Ms): void {
    const last = this.#inbound?.lastPacketAt ?? this.#startedAt
    const forMs = now - Math.max(last, this.#startedAt)
    if (forMs < SILENT_MS || this.held) {
      this.#silentAt = Math.max(last, now - SILENT_MS + 20) + SILENT_MS
      return
    }
    this.#silent = true
    this.#silentAt = now + forMs
    this.#o.listener.onSilent(forMs)
  }
}
