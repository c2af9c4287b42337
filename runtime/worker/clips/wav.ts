/** Reads the WAV files that clips come in: RIFF/WAVE, mono, 16-bit PCM or G.711 (format tags 1, 6, 7 and 0xFFFE of them). */
export interface Wav {
  readonly encoding: 'pcm16' | 'pcma' | 'pcmu'
  readonly rateHz: number
  readonly data: Buffer
}

const ENCODINGS: Readonly<Record<string, Wav['encoding']>> = { '1/16': 'pcm16', '6/8': 'pcma', '7/8': 'pcmu' }

/** What is wrong with the file, in words for its author, or the audio. */
export function parseWav(file: Buffer): Wav | string {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    return 'it is not a WAV file'
  let format: { encoding: Wav['encoding']; rateHz: number } | undefined
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4)
    const size = file.readUInt32LE(at + 4)
    const body = file.subarray(at + 8, at + 8 + size)
    if (name === 'fmt ') {
      if (body.length < 16) return 'its format chunk is cut short'
      const tag = body.readUInt16LE(0) === 0xfffe && body.length >= 26 ? body.readUInt16LE(24) : body.readUInt16LE(0)
      const channels = body.readUInt16LE(2)
      const bits = body.readUInt16LE(14)
      const encoding = ENCODINGS[`${tag}/${bits}`]
      if (channels !== 1) return `it has ${channels} channels, not one`
      if (!encoding) return `its encoding (format ${tag}, ${bits} bits) is neither 16-bit PCM nor G.711`
      format = { encoding, rateHz: body.readUInt32LE(4) }
    } else if (name === 'data') {
      if (!format) return 'its data comes before its format'
      if (format.encoding !== 'pcm16' && format.rateHz !== 8000) return `G.711 at ${format.rateHz} Hz, not 8000`
      if (![8000, 16_000, 24_000].includes(format.rateHz)) return `its rate is ${format.rateHz} Hz, not 8, 16 or 24 kHz`
      // a writer that streamed leaves a size beyond the end: what is there counts
      return { ...format, data: format.encoding === 'pcm16' ? body.subarray(0, body.length & ~1) : body }
    }
    at += 8 + size + (size % 2)
  }
  return 'it has no audio in it'
}
