/** One phone's incoming RTP, as it was on the wire: what was in it and when it came. */
import { expand, type LawName } from '#simulators/speech/g711.ts'
import { type Datagram, rtpOf } from './capture.ts'

export interface WirePacket {
  /** CLOCK_MONOTONIC, ms. */
  readonly t: number
  /** First sample of it in {@link Wire.samples}. */
  readonly sample: number
  readonly ms: number
  /** Anything but digital silence: the agent is the only one who makes sound. */
  readonly loud: boolean
}

export interface Wire {
  /** In order of arrival. */
  readonly packets: readonly WirePacket[]
  /** Placed by RTP timestamp, 8 kHz. */
  readonly samples: Int16Array
  /** Packets that were sent, by their sequence numbers, and not captured. */
  readonly lost: number
}

const PER_MS = 8
const RTP_HEADER = 12
const SSRC_AT = 8
/** Static payload types (RFC 3551), and digital silence of either sign. */
const LAWS: Readonly<Record<number, { law: LawName; silence: readonly number[] }>> = {
  0: { law: 'ulaw', silence: [0xff, 0x7f] },
  8: { law: 'alaw', silence: [0xd5, 0x55] },
}

/**
 * The largest stream of those that are wanted: other tests on the machine may use the same ports for a while.
 * @param offset wall clock minus CLOCK_MONOTONIC, ms
 */
export function wireOf(datagrams: readonly Datagram[], wanted: (datagram: Datagram) => boolean, offset: number): Wire {
  const packets: (WirePacket & { audio: Int16Array })[] = []
  let base: number | null = null
  let end = 0
  let sequence: number | null = null
  let lost = 0
  for (const { at, payload } of largest(datagrams.filter(wanted))) {
    const rtp = rtpOf(payload)
    const codec = LAWS[rtp?.type ?? -1]
    if (rtp === null || codec === undefined || rtp.audio.length === 0) continue
    base ??= rtp.timestamp
    if (sequence !== null) lost += (rtp.sequence - sequence - 1) & 0xffff
    sequence = rtp.sequence
    const sample = (rtp.timestamp - base) | 0
    if (sample < 0) continue
    const loud = rtp.audio.some(byte => !codec.silence.includes(byte))
    const audio = expand(codec.law, rtp.audio)
    packets.push({ t: at - offset, sample, ms: audio.length / PER_MS, loud, audio })
    end = Math.max(end, sample + rtp.audio.length)
  }
  const samples = new Int16Array(end)
  for (const { sample, audio } of packets) samples.set(audio, sample)
  return { packets, samples, lost }
}

/** When the packet with this sample came, the sample's own place in it added. */
export function timeOf({ packets }: Wire, sample: number): number {
  let [from, to] = [0, packets.length]
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if ((packets[middle]?.sample ?? 0) <= sample) from = middle
    else to = middle
  }
  const packet = packets[from]
  return packet === undefined ? 0 : packet.t + (sample - packet.sample) / PER_MS
}

/** The first sample that came at `t` or later. */
export function sampleAt({ packets, samples }: Wire, t: number): number {
  return packets.find(p => p.t >= t)?.sample ?? samples.length
}

function largest(datagrams: readonly Datagram[]): readonly Datagram[] {
  const streams = new Map<string, Datagram[]>()
  for (const datagram of datagrams) {
    const { port, sourcePort, payload } = datagram
    if (payload.length < RTP_HEADER) continue
    const key = `${sourcePort} ${port} ${payload.readUInt32BE(SSRC_AT)}`
    const known = streams.get(key)
    if (known === undefined) streams.set(key, [datagram])
    else known.push(datagram)
  }
  return [...streams.values()].sort((a, b) => b.length - a.length)[0] ?? []
}

/** Wall clock minus CLOCK_MONOTONIC, ms: Date.now() is cut to whole ms, so the largest of many differences is the nearest. */
export function clockOffset(): number {
  let most = Number.NEGATIVE_INFINITY
  const until = performance.now() + 20
  while (performance.now() < until) most = Math.max(most, Date.now() - Number(process.hrtime.bigint()) / 1e6)
  return most
}
