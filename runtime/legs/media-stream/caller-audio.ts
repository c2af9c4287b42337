/**
 * The caller's audio out of media messages: one frame per 20 ms, whatever the socket does. Each message is put into the form of an RTP packet, so
 * that holes, stalls and bursts are treated as they are on a SIP leg. TCP loses nothing, but the carrier may, and it stalls.
 */
import type { Ms } from '#runtime/media/format.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '#runtime/rtp/header.ts'
import { Inbound } from '#runtime/rtp/inbound.ts'

/** Half a second: nothing that is sane is longer, and what is longer is no audio. */
const MAX_BYTES = 4000
const SAMPLES_PER_MS = 8
/** A message's time and the samples before it differ by less than this through rounding; by more, when some are missing. */
const ROUNDING_MS = 15

export class CallerAudio {
  readonly inbound: Inbound
  readonly #packet = Buffer.alloc(RTP_HEADER_BYTES + MAX_BYTES)
  /** RTP time of the sample that is next if nothing is missing. */
  #next: number | null = null

  constructor(onFrame: (frame: Uint8Array, at: Ms) => void) {
    this.inbound = new Inbound({
      law: 'PCMU',
      codec: { audio: [{ payloadType: 0, law: 'PCMU' }], eventPayloadType: null },
      listener: { onFrame, onDigit: () => undefined },
    })
  }

  /** False: it held no audio. */
  media(chunk: number, timestamp: Ms, payload: string, now: Ms): boolean {
    if (payload.length === 0 || payload.length > (MAX_BYTES * 4) / 3) return false
    const length = this.#packet.write(payload, RTP_HEADER_BYTES, 'base64')
    if (length === 0) return false
    const said = timestamp * SAMPLES_PER_MS
    const near = this.#next !== null && Math.abs(said - this.#next) <= ROUNDING_MS * SAMPLES_PER_MS
    const at = near && this.#next !== null ? this.#next : said
    this.#next = at + length
    writeRtpHeader(this.#packet, 0, false, chunk & 0xffff, at >>> 0, 1)
    return this.inbound.packet(this.#packet, RTP_HEADER_BYTES + length, now)
  }

  tick(now: Ms): void {
    this.inbound.tick(now)
  }
}
