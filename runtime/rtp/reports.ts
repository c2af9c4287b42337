import type { Ms } from '#runtime/media/format.ts'
import { mos } from './mos.ts'
import { roundTripMs } from './ntp.ts'
import type { ReceiveStatistics } from './receive-statistics.ts'
import { parseRtcp, type ReportBlock } from './rtcp.ts'
import { writeRtcp } from './rtcp-writer.ts'

/** How one leg's line is, from both ends. Loss is 0..1; null: the peer has not said. */
export interface LineQuality {
  readonly lossIn: number
  readonly lossOut: number | null
  readonly jitterInMs: Ms
  readonly jitterOutMs: Ms | null
  readonly roundTripMs: Ms | null
  /** 1..4.5, of the worse direction. */
  readonly mos: number
}

/** The side of sending that reports need; `Outbound` has it. */
export interface Sending {
  readonly ssrc: number
  readonly packets: number
  readonly octets: number
  timestampAt(now: Ms): number
}

/** The side of receiving that reports need; `Inbound` has it. */
export interface Receiving {
  readonly ssrc: number | null
  readonly statistics: ReceiveStatistics
}

/** RTCP of one leg: writes our reports, reads the peer's, and says what they make of the line together. */
export class Reports {
  readonly #cname: string
  readonly #sending: Sending
  readonly #receiving: Receiving
  readonly #clockHz: number
  #sentPackets = -1
  #peerReport: { readonly ntpMiddle: number; readonly at: Ms } | null = null
  #lossOut: number | null = null
  #jitterOutMs: Ms | null = null
  #roundTripMs: Ms | null = null
  #bye = false

  constructor(cname: string, sending: Sending, receiving: Receiving, clockHz = 8000) {
    this.#cname = cname
    this.#sending = sending
    this.#receiving = receiving
    this.#clockHz = clockHz
  }

  /** The peer's source said good-bye. */
  get peerLeft(): boolean {
    return this.#bye
  }

  /** Writes the compound that is due into `out`. `now` is the media clock, `unixMs` wall time at that moment. */
  write(out: Uint8Array, now: Ms, unixMs: Ms, bye = false): number {
    const { ssrc, packets, octets } = this.#sending
    const sent = packets !== this.#sentPackets && packets > 0
    this.#sentPackets = packets
    return writeRtcp(out, {
      ssrc,
      cname: this.#cname,
      sender: sent ? { unixMs, timestamp: this.#sending.timestampAt(now), packets, octets } : null,
      block: this.#block(now),
      bye,
    })
  }

  /** The first `len` bytes of `buf` came from the peer. Never throws; true when it was RTCP. */
  read(buf: Uint8Array, len: number, now: Ms, unixMs: Ms): boolean {
    const packets = parseRtcp(buf, len)
    for (const packet of packets) {
      if (packet.type === 'bye') this.#bye ||= packet.ssrcs.includes(this.#receiving.ssrc ?? -1)
      if (packet.type !== 'report') continue
      if (packet.sender && (this.#receiving.ssrc === null || packet.ssrc === this.#receiving.ssrc)) {
        this.#peerReport = { ntpMiddle: packet.sender.ntpMiddle, at: now }
      }
      for (const block of packet.blocks) if (block.ssrc === this.#sending.ssrc) this.#heardOfUs(block, unixMs)
    }
    return packets.length > 0
  }

  quality(): LineQuality {
    const { lossFraction, jitterMs } = this.#receiving.statistics
    return {
      lossIn: lossFraction,
      lossOut: this.#lossOut,
      jitterInMs: jitterMs,
      jitterOutMs: this.#jitterOutMs,
      roundTripMs: this.#roundTripMs,
      mos: Math.min(
        mos({ loss: lossFraction, jitterMs, roundTripMs: this.#roundTripMs }),
        mos({ loss: this.#lossOut ?? 0, jitterMs: this.#jitterOutMs ?? 0, roundTripMs: this.#roundTripMs }),
      ),
    }
  }

  #heardOfUs(block: ReportBlock, unixMs: Ms): void {
    this.#lossOut = block.fractionLost / 256
    this.#jitterOutMs = (block.jitter * 1000) / this.#clockHz
    this.#roundTripMs = roundTripMs(unixMs, block.lastSenderReport, block.delaySince) ?? this.#roundTripMs
  }

  #block(now: Ms): ReportBlock | null {
    const { ssrc, statistics } = this.#receiving
    if (ssrc === null || statistics.received === 0) return null
    const since = this.#peerReport ? Math.round(((now - this.#peerReport.at) / 1000) * 0x1_0000) : 0
    return { ssrc, ...statistics.report(), lastSenderReport: this.#peerReport?.ntpMiddle ?? 0, delaySince: since >>> 0 }
  }
}
