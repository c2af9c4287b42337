/** A caller's recorded line as the Live API takes it: 16 kHz PCM in pieces, faster than real time, for the server counts sound. */
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'

const PIECE_MS = 40
const SPEED = 5
const SILENCE_MS = 1200

export async function speak(name: string, send: (base64: string) => void): Promise<void> {
  const found = clip('caller', name)
  if (found === null) throw new Error(`there is no recorded caller line "${name}"`)
  const narrow = expand('ulaw', Buffer.concat([found.ulaw, Buffer.alloc(SILENCE_MS * 8, 0xff)]))
  const wide = Buffer.alloc(narrow.length * 4)
  for (const [i, here] of narrow.entries()) {
    wide.writeInt16LE(here, i * 4)
    wide.writeInt16LE(Math.round((here + (narrow[i + 1] ?? here)) / 2), i * 4 + 2)
  }
  for (let at = 0; at < wide.length; at += PIECE_MS * 32) {
    send(wide.subarray(at, at + PIECE_MS * 32).toString('base64'))
    await new Promise(resolve => setTimeout(resolve, PIECE_MS / SPEED))
  }
}
