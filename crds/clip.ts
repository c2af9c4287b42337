/** Recordings that an agent plays: from the bytes of a ConfigMap key to audio. */
import { sha256 } from './canonical.ts'

/** Audio of a clip: `format` as the media plane names it, `audio` without any header. */
export interface Clip {
  readonly format:
    | { readonly encoding: 'pcmu' | 'pcma'; readonly rateHz: 8000 }
    | { readonly encoding: 'pcm16'; readonly rateHz: 8000 | 16_000 | 24_000 }
  readonly audio: Uint8Array
}

/** The largest clip; a ConfigMap holds no more (1 MiB). */
const MAX_BYTES = 1_048_576
const SUBTYPE_GUID_TAIL = [0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113]

/** Reads a clip; `key` tells raw G.711 apart. A string says what is wrong with it. */
export function readClip(bytes: Uint8Array, key: string): Clip | string {
  if (bytes.length === 0) return 'is empty'
  if (bytes.length > MAX_BYTES) return 'is larger than 1 MiB'
  if (/\.(ulaw|ul|pcmu)$/i.test(key)) return { format: { encoding: 'pcmu', rateHz: 8000 }, audio: bytes }
  if (/\.(alaw|al|pcma)$/i.test(key)) return { format: { encoding: 'pcma', rateHz: 8000 }, audio: bytes }
  return readWav(bytes)
}

function readWav(bytes: Uint8Array): Clip | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') {
    return 'is neither a WAV file nor named .ulaw or .alaw'
  }
  let format: Clip['format'] | string = 'has no format chunk before its audio'
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true)
    if (tag(at) === 'fmt ' && size >= 16 && at + 8 + size <= bytes.length) format = readFormat(view, at + 8, size)
    if (tag(at) === 'data') {
      if (typeof format === 'string') return format
      // A writer that streams leaves the size open: what is there is the audio.
      const audio = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size))
      const whole = format.encoding === 'pcm16' ? audio.subarray(0, audio.length & ~1) : audio
      return whole.length === 0 ? 'holds no audio' : { format, audio: whole }
    }
    at += 8 + size + (size & 1)
  }
  return typeof format === 'string' ? format : 'holds no audio'
}

function readFormat(view: DataView, at: number, size: number): Clip['format'] | string {
  let code = view.getUint16(at, true)
  const [channels, rate, bits] = [
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
    view.getUint16(at + 14, true),
  ]
  if (code === 0xfffe && size >= 40 && SUBTYPE_GUID_TAIL.every((b, i) => view.getUint8(at + 26 + i) === b)) {
    code = view.getUint16(at + 24, true)
  }
  if (channels !== 1) return `has ${channels} channels: it must be mono`
  if ((code === 6 || code === 7) && bits === 8 && rate === 8000) {
    return { encoding: code === 7 ? 'pcmu' : 'pcma', rateHz: 8000 }
  }
  if (code === 1 && bits === 16 && (rate === 8000 || rate === 16_000 || rate === 24_000)) {
    return { encoding: 'pcm16', rateHz: rate }
  }
  return `is ${bits} bit at ${rate} Hz (WAV format ${code}): it must be PCM16 at 8, 16 or 24 kHz, or G.711 at 8 kHz`
}

/** The name of a clip by its content: format and audio, not header or place. */
export function clipDigest(clip: Clip): string {
  const head = `${clip.format.encoding}/${clip.format.rateHz}\n`
  const bytes = new Uint8Array(head.length + clip.audio.length)
  bytes.set(new TextEncoder().encode(head))
  bytes.set(clip.audio, head.length)
  return `sha256:${sha256(bytes)}`
}
