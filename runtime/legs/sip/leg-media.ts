/** The media of one SIP leg: sockets, the way in, the way out, RTCP, quality. Driven by the worker's pacer; it owns no timer. */
import type { Quality } from '#runtime/call/ports.ts'
import { EchoDetector, type EchoJudgement } from '#runtime/media/echo-detector.ts'
import type { Law, Ms } from '#runtime/media/format.ts'
import type { Playout } from '#runtime/media/playout-port.ts'
import { isRtcp } from '#runtime/rtp/demux.ts'
import { Inbound } from '#runtime/rtp/inbound.ts'
import { Latch, type MediaAddress } from '#runtime/rtp/latch.ts'
import { FRAME_MS, Outbound } from '#runtime/rtp/outbound.ts'
import { Reports } from '#runtime/rtp/reports.ts'
import { SilentLine } from '#runtime/rtp/silent-line.ts'
import type { MediaDescription } from '#runtime/sip/media-description.ts'
import { inboundCodec, outboundCodec, outboundMode } from './media-codec.ts'
import type { MediaSockets } from './media-sockets.ts'

export interface LegMediaOptions {
  readonly sockets: MediaSockets
  /** Law of the session: of frames and playout. */
  readonly law: Law
  readonly playout: Playout
  readonly now: () => Ms
  /** Epoch milliseconds, for RTCP. */
  readonly unixMs: () => number
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

/** No packet at all for this long: the line is silent. */
const SILENT_MS = 2000
/** RTCP and quality: about every 5 s (RFC 3550 §6.2), never in step with other calls. */
const REPORT_MS = 5000

export interface MediaCounts {
  readonly lost: number
  readonly late: number
  readonly jitterMs: Ms
}
const NO_PACKETS: MediaCounts = { lost: 0, late: 0, jitterMs: 0 }

interface Running {
  readonly inbound: Inbound
  readonly outbound: Outbound
  readonly reports: Reports
  readonly silence: SilentLine
  readonly echo: EchoDetector
}

export class LegMedia {
  readonly #o: LegMediaOptions
  readonly #latch: Latch
  #running: Running | null = null
  #description: MediaDescription | null = null
  #reportAt: Ms = 0
  #lastAudioAt: Ms | null = null
  #tickedAt: Ms | null = null
  #closed = false

  constructor(options: LegMediaOptions) {
    this.#o = options
    this.#latch = new Latch(options.mayLatch)
    const guarded = (take: (bytes: Buffer, from: MediaAddress) => void) => (bytes: Buffer, from: MediaAddress) => {
      try {
        take(bytes, from)
      } catch (error) {
        options.listener.onFault(error)
      }
    }
    options.sockets.onRtp = guarded((bytes, from) => this.#onRtpPort(bytes, from))
    options.sockets.onRtcp = guarded((bytes, from) => this.#onRtcp(bytes, from))
  }

  get started(): boolean {
    return this.#running !== null
  }

  /** When agent audio last left: what the peer's jitter buffer still holds for a moment. */
  get lastAudioAt(): Ms | null {
    return this.#lastAudioAt
  }

  /** Packets that did not come from the peer. */
  get foreign(): number {
    return this.#latch.refused
  }

  /** The ACK came: audio may flow. */
  start(media: MediaDescription): void {
    if (this.#running || this.#closed) return
    const { law, random, now, listener } = this.#o
    const at = now()
    const echo = new EchoDetector(law)
    let skippedMs: Ms = 0
    const inbound = new Inbound({
      law,
      codec: inboundCodec(media),
      listener: {
        onFrame: (frame, when) => {
          const { figures } = inbound
          if (figures.skippedMs > skippedMs) echo.receivedNothing(figures.skippedMs - skippedMs)
          skippedMs = figures.skippedMs
          echo.received(frame)
          listener.onFrame(frame, when)
        },
        onDigit: listener.onDigit,
      },
    })
    const outbound = new Outbound({
      law,
      codec: outboundCodec(media),
      ssrc: random(),
      sequence: random() & 0xffff,
      timestamp: random(),
    })
    const reports = new Reports(random().toString(16).padStart(8, '0'), outbound, inbound)
    this.#running = { inbound, outbound, reports, silence: new SilentLine(SILENT_MS, at), echo }
    this.#take(media)
    this.#latch.acked(at)
    inbound.start(at)
    this.#planReport(at)
  }

  /** Law, address or direction changed in mid-call. */
  update(media: MediaDescription): void {
    if (!this.#running || this.#closed) return
    this.#running.inbound.setCodec(inboundCodec(media))
    this.#running.outbound.setCodec(outboundCodec(media))
    this.#take(media)
  }

  sendDigits(digits: string): boolean {
    return this.#running?.outbound.sendDigits(digits) ?? false
  }

  /** For how long the caller's line has been quiet; null before media runs. */
  quietMs(): Ms | null {
    return this.#running?.echo.quietMs ?? null
  }

  judge(now: Ms): EchoJudgement | null {
    return this.#running?.echo.judge(now) ?? null
  }

  /** `now`: when the tick was due. */
  tick(now: Ms): void {
    const running = this.#running
    if (!running || this.#closed) return
    const { inbound, outbound, silence, echo } = running
    inbound.tick(now)
    outbound.tick(now)
    const missedMs = this.#tickedAt === null ? 0 : now - this.#tickedAt - FRAME_MS
    const nothingMs = outbound.mode === 'off' ? missedMs + FRAME_MS : missedMs
    if (nothingMs > 0) echo.sentNothing(nothingMs)
    this.#tickedAt = now
    if (this.#o.playout.queuedMs > 0 && outbound.mode === 'audio') this.#lastAudioAt = now
    for (;;) {
      const length = outbound.fill(now, this.#o.playout, this.#o.sockets.packet)
      if (length === 0) break
      const { target } = this.#latch
      if (target) this.#o.sockets.queueRtp(length, target)
      echo.sent(outbound.lastAudio)
    }
    const silentFor = silence.check(now, this.#description?.hold !== true)
    if (silentFor !== null) this.#o.listener.onSilent(silentFor)
    if (now >= this.#reportAt) this.#report(running, now)
  }

  /** Counts of the caller's packets. */
  counts(): MediaCounts {
    const inbound = this.#running?.inbound
    if (!inbound) return NO_PACKETS
    const { statistics, counters } = inbound
    return {
      lost: Math.max(0, statistics.expected - statistics.received),
      late: counters.late + counters.stale,
      jitterMs: statistics.jitterMs,
    }
  }

  quality(): Quality | null {
    return this.#running?.reports.quality() ?? null
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    try {
      if (this.#running) this.#sendReport(this.#running, this.#o.now(), true)
    } finally {
      this.#o.sockets.close()
    }
  }

  #take(media: MediaDescription): void {
    this.#description = media
    this.#running?.outbound.setMode(outboundMode(media))
    this.#running?.inbound.setMuted(media.hold)
    // an old-style hold names no address: it stays where it was
    const { address, port } = media.remote
    if (address !== '0.0.0.0' && address !== '::') this.#latch.name(address, port, this.#o.now())
  }

  #onRtpPort(bytes: Buffer, from: MediaAddress): void {
    const running = this.#running
    if (!running) return
    const now = this.#o.now()
    if (!this.#latch.admit(from.address, from.port, now)) return
    if (isRtcp(bytes, bytes.length)) {
      running.reports.read(bytes, bytes.length, now, this.#o.unixMs())
      return
    }
    const first = running.inbound.lastPacketAt === null
    if (!running.inbound.packet(bytes, bytes.length, now)) return
    if (first) this.#o.listener.onMedia()
    if (running.silence.packet(now)) this.#o.listener.onResumed()
  }

  #onRtcp(bytes: Buffer, from: MediaAddress): void {
    if (from.address !== this.#latch.target?.address) return
    this.#running?.reports.read(bytes, bytes.length, this.#o.now(), this.#o.unixMs())
  }

  #report(running: Running, now: Ms): void {
    this.#planReport(now)
    this.#sendReport(running, now, false)
    this.#o.listener.onQuality(running.reports.quality())
  }

  #planReport(now: Ms): void {
    this.#reportAt = now + REPORT_MS * (0.5 + (this.#o.random() % 1000) / 1000)
  }

  #sendReport(running: Running, now: Ms, bye: boolean): void {
    const { target } = this.#latch
    const media = this.#description
    if (!target || !media || media.hold) return
    const packet = Buffer.alloc(RTCP_BYTES)
    const length = running.reports.write(packet, now, this.#o.unixMs(), bye)
    // a latched peer's RTCP is where its RTP is, one port up
    const named = target.address === media.remote.address && target.port === media.remote.port
    const port = media.rtcpMux ? target.port : named ? media.remote.rtcpPort : Math.min(target.port + 1, 65_535)
    this.#o.sockets.sendRtcp(packet.subarray(0, length), { address: target.address, port }, media.rtcpMux)
  }
}

/** SR, one block, SDES with a short name, BYE. */
const RTCP_BYTES = 160
