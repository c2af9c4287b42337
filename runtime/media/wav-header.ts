/**
 * The header of a WAV file, mono at 8 kHz. PCM16 has the short form that every player reads; µ-law needs the long one, with its number of samples
 * (Multimedia Programming Interface and Data Specifications 1.0; RFC 2361).
 */
const RATE_HZ = 8000
const FORMATS = {
  PCM16: { tag: 1, bytes: 2, headerBytes: 44 },
  PCMU: { tag: 7, bytes: 1, headerBytes: 58 },
} as const

/** @param length bytes of sound behind it */
export function wavHeader(encoding: keyof typeof FORMATS, length: number): Buffer {
  const { tag, bytes, headerBytes } = FORMATS[encoding]
  const out = Buffer.alloc(headerBytes)
  out.write('RIFF', 0, 'latin1')
  out.writeUInt32LE(headerBytes - 8 + length, 4)
  out.write('WAVEfmt ', 8, 'latin1')
  out.writeUInt32LE(encoding === 'PCM16' ? 16 : 18, 16)
  out.writeUInt16LE(tag, 20)
  out.writeUInt16LE(1, 22)
  out.writeUInt32LE(RATE_HZ, 24)
  out.writeUInt32LE(RATE_HZ * bytes, 28)
  out.writeUInt16LE(bytes, 32)
  out.writeUInt16LE(8 * bytes, 34)
  if (encoding === 'PCMU') {
    out.write('fact', 38, 'latin1')
    out.writeUInt32LE(4, 42)
    out.writeUInt32LE(length, 46)
  }
  out.write('data', headerBytes - 8, 'latin1')
  out.writeUInt32LE(length, headerBytes - 4)
  return out
}
