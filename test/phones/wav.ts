/** Reading and writing PCM16 mono WAV, for judges. */
import { readFileSync, writeFileSync } from 'node:fs'

export interface Wav {
  readonly rateHz: number
  readonly channels: number
  /** Interleaved samples. */
  readonly samples: Int16Array
}

/** Reads a PCM16 WAV. Tolerates a data chunk whose length was never filled in, as recorders that were killed leave it. */
export function readWav(file: string): Wav {
  const bytes = readFileSync(file)
  if (bytes.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${file} is not a WAV file`)
  let at = 12
  let rateHz = 8000
  let channels = 1
  while (at + 8 <= bytes.length) {
    const id = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    if (id === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10)
      rateHz = bytes.readUInt32LE(at + 12)
      if (bytes.readUInt16LE(at + 22) !== 16) throw new Error(`${file} is not PCM16`)
    } else if (id === 'data') {
      const end = size === 0 ? bytes.length : Math.min(bytes.length, at + 8 + size)
      const data = bytes.subarray(at + 8, end - ((end - at - 8) % 2))
      const samples = new Int16Array(data.length / 2)
      for (let i = 0; i < samples.length; i++) samples[i] = data.readInt16LE(i * 2)
      return { rateHz, channels, samples }
    }
    at += 8 + size + (size % 2)
  }
  throw new Error(`${file} has no data chunk`)
}

export function writeWav(file: string, wav: Wav): void {
  const header = Buffer.alloc(44)
  const bytes = wav.samples.length * 2
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(wav.channels, 22)
  header.writeUInt32LE(wav.rateHz, 24)
  header.writeUInt32LE(wav.rateHz * wav.channels * 2, 28)
  header.writeUInt16LE(wav.channels * 2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(bytes, 40)
  writeFileSync(file, Buffer.concat([header, Buffer.from(wav.samples.buffer, wav.samples.byteOffset, bytes)]))
}

/** Root mean square of a stretch, 0..32767. */
export function rms(samples: Int16Array, from = 0, to = samples.length): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += (samples[i] ?? 0) ** 2
  return Math.sqrt(sum / Math.max(1, to - from))
}
