/** Milliseconds of some monotonic clock that the caller owns. */
export type Ms = number

/** G.711 law by its RTP/AVP name (RFC 3551 §4.5.14). */
export type Law = 'PCMU' | 'PCMA'

/** Mono audio as bytes. G.711 is one byte per sample at 8 kHz; `pcm16` is signed little-endian, two bytes per sample. */
export type AudioFormat =
  | { readonly encoding: 'pcmu' | 'pcma'; readonly rateHz: 8000 }
  | { readonly encoding: 'pcm16'; readonly rateHz: 8000 | 16_000 | 24_000 }

/** Bytes of `ms` milliseconds of audio in a format. */
export function bytesOf(format: AudioFormat, ms: Ms): number {
  return Math.round((format.rateHz * ms) / 1000) * (format.encoding === 'pcm16' ? 2 : 1)
}

/** Milliseconds that `bytes` of audio last, not rounded. */
export function msOf(format: AudioFormat, bytes: number): Ms {
  return (bytes * 1000) / ((format.encoding === 'pcm16' ? 2 : 1) * format.rateHz)
}
