/** A caller's recorded line in the formats of the Realtime API, sent in pieces like a client that reads a microphone. */
import { clip } from '#simulators/speech/library.ts'

export type Format = 'pcmu' | 'pcm24'

const PIECE_MS = 40
/** Pieces go out five times faster than real time: the server counts audio, not time. */
const SPEED = 5
const SILENCE_MS = 1500

/** ITU-T G.711 table 2a, as the receiver of a law reads it. */
function linear(byte: number): number {
  const u = ~byte & 0xff
  const magnitude = ((((u & 0x0f) << 3) + 132) << ((u >> 4) & 7)) - 132
  return u & 0x80 ? -magnitude : magnitude
}

/** The line, then silence long enough that its end is noticed. */
export function line(name: string, format: Format): Buffer {
  const found = clip('caller', name)
  if (found === null) throw new Error(`there is no recorded caller line "${name}"`)
  const ulaw = Buffer.concat([found.ulaw, Buffer.alloc(SILENCE_MS * 8, 0xff)])
  if (format === 'pcmu') return ulaw
  const pcm = Buffer.alloc(ulaw.length * 6)
  for (let i = 0; i < ulaw.length; i++) {
    const here = linear(ulaw[i] ?? 0xff)
    const next = linear(ulaw[i + 1] ?? 0xff)
    for (let k = 0; k < 3; k++) pcm.writeInt16LE(Math.round(here + ((next - here) * k) / 3), (i * 3 + k) * 2)
  }
  return pcm
}

export async function speak(name: string, format: Format, send: (piece: Buffer) => void): Promise<void> {
  const audio = line(name, format)
  const size = PIECE_MS * (format === 'pcmu' ? 8 : 48)
  for (let at = 0; at < audio.length; at += size) {
    send(audio.subarray(at, at + size))
    await new Promise(resolve => setTimeout(resolve, PIECE_MS / SPEED))
  }
}
