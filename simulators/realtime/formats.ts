/** The three audio formats of the Realtime API, from and to the 8 kHz that simulators think in. */
import { expand, fromUlaw, toAlaw } from '#simulators/speech/g711.ts'

export type WireFormat = { type: 'audio/pcmu' } | { type: 'audio/pcma' } | { type: 'audio/pcm'; rate: 24_000 }

const A_OF_U = Uint8Array.from({ length: 256 }, (_, byte) => toAlaw(fromUlaw(byte)))
const PCM_RATIO = 3

/** Bytes of a millisecond. */
export function bytesPerMs(format: WireFormat): number {
  return format.type === 'audio/pcm' ? 48 : 8
}

/** Received audio as 8 kHz samples. 24 kHz is averaged in threes: enough to measure how loud it is. */
export function toSamples(format: WireFormat, bytes: Uint8Array): Int16Array {
  if (format.type !== 'audio/pcm') return expand(format.type === 'audio/pcmu' ? 'ulaw' : 'alaw', bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Int16Array(Math.floor(bytes.length / 2 / PCM_RATIO))
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let k = 0; k < PCM_RATIO; k++) sum += view.getInt16((i * PCM_RATIO + k) * 2, true)
    out[i] = sum / PCM_RATIO
  }
  return out
}

/**
 * µ-law at 8 kHz in a wire format. 24 kHz is interpolated between samples, and every third sample is the original one: a watermark is
 * found again by taking these.
 */
export function fromUlaw8k(format: WireFormat, ulaw: Uint8Array): Uint8Array {
  if (format.type === 'audio/pcmu') return ulaw
  if (format.type === 'audio/pcma') return ulaw.map(byte => A_OF_U[byte] ?? 0)
  const out = Buffer.alloc(ulaw.length * PCM_RATIO * 2)
  const samples = expand('ulaw', ulaw)
  for (let i = 0; i < samples.length; i++) {
    const here = samples[i] ?? 0
    const next = samples[i + 1] ?? here
    for (let k = 0; k < PCM_RATIO; k++) {
      out.writeInt16LE(Math.round(here + ((next - here) * k) / PCM_RATIO), (i * PCM_RATIO + k) * 2)
    }
  }
  return out
}
