/** WAV files: the caller's stereo recording out, anything that can be said in. */
import { LAWS } from './laws.ts'

export interface Wav {
  readonly rateHz: number
  readonly channels: readonly Int16Array[]
}

const HEADER_BYTES = 44

/** PCM16 WAV with the channels interleaved; shorter ones end in silence. */
export function wavBytes({ rateHz, channels }: Wav): Buffer {
  const frames = Math.max(0, ...channels.map(c => c.length))
  const block = channels.length * 2
  const out = Buffer.alloc(HEADER_BYTES + frames * block)
  out.write('RIFF', 0, 'latin1')
  out.writeUInt32LE(out.length - 8, 4)
  out.write('WAVEfmt ', 8, 'latin1')
  out.writeUInt32LE(16, 16)
  out.writeUInt16LE(1, 20)
  out.writeUInt16LE(channels.length, 22)
  out.writeUInt32LE(rateHz, 24)
  out.writeUInt32LE(rateHz * block, 28)
  out.writeUInt16LE(block, 32)
  out.writeUInt16LE(16, 34)
  out.write('data', 36, 'latin1')
  out.writeUInt32LE(frames * block, 40)
  channels.forEach((channel, c) => {
    for (let i = 0; i < channel.length; i++) out.writeInt16LE(channel[i] ?? 0, HEADER_BYTES + i * block + c * 2)
  })
  return out
}

/** Reads PCM16 and G.711 WAV. @throws Error in words */
export function readWav(bytes: Buffer): Wav {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('it is no WAV file')
  let format: { code: number; channels: number; rateHz: number; bits: number } | null = null
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const body = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size))
    if (id === 'fmt ' && body.length >= 16) {
      format = {
        code: body.readUInt16LE(0),
        channels: body.readUInt16LE(2),
        rateHz: body.readUInt32LE(4),
        bits: body.readUInt16LE(14),
      }
    } else if (id === 'data') {
      if (format === null) throw new Error('its data comes before its format')
      return { rateHz: format.rateHz, channels: split(body, format) }
    }
    at += 8 + size + (size % 2)
  }
  throw new Error('it has no data')
}

function split(body: Buffer, format: { code: number; channels: number; bits: number }): Int16Array[] {
  const { code, channels, bits } = format
  const law = LAWS[code]
  const width = law === undefined ? 2 : 1
  if (channels < 1 || channels > 8) throw new Error(`it has ${channels} channels`)
  if (law === undefined && (code !== 1 || bits !== 16)) throw new Error(`its format is ${code} with ${bits} bits`)
  const frames = Math.floor(body.length / (width * channels))
  return Array.from({ length: channels }, (_, c) => {
    const out = new Int16Array(frames)
    for (let i = 0; i < frames; i++) {
      const at = (i * channels + c) * width
      out[i] = law === undefined ? body.readInt16LE(at) : law(body[at] ?? 0)
    }
    return out
  })
}

/** 8 kHz from any rate: each sample is the mean of what it stands for. Good enough for a voice detector, not for a hi-fi. */
export function to8k(samples: Int16Array, rateHz: number): Int16Array {
  if (rateHz === 8000) return samples
  const step = rateHz / 8000
  const out = new Int16Array(Math.floor(samples.length / step))
  for (let i = 0; i < out.length; i++) {
    const from = Math.floor(i * step)
    const to = Math.max(from + 1, Math.floor((i + 1) * step))
    let sum = 0
    for (let j = from; j < to; j++) sum += samples[j] ?? 0
    out[i] = Math.round(sum / (to - from))
  }
  return out
}
