/**
 * Marks in the audio: a frame of 160 µ-law bytes begins with one, so that both ends can tell when exactly that frame was sent: µ-law passes
 * through untouched, and both ends live in one process with one clock. A mark is made of the quietest sixteen codes, one nibble each, for a
 * frame of silence must still be silence to whoever measures it.
 *
 *   0       4      8        14     15
 *   | MAGIC | call | frame  | flags | noise or silence …
 */
export const FRAME = 160
export const FLAG_SPEECH = 1
export const FLAG_FIRST = 2

const QUIET = 0xf0
const MAGIC = Buffer.from([0xf2, 0xfb, 0xf5, 0xf8])
const CALL_AT = MAGIC.length
const FRAME_AT = CALL_AT + 4
const FLAGS_AT = FRAME_AT + 6

export interface Mark {
  readonly call: number
  readonly frame: number
  readonly flags: number
}

export function mark(audio: Buffer, at: number, call: number, frame: number, flags: number): void {
  MAGIC.copy(audio, at)
  for (let i = 0; i < 4; i++) audio[at + CALL_AT + i] = QUIET | ((call >> (12 - 4 * i)) & 15)
  for (let i = 0; i < 6; i++) audio[at + FRAME_AT + i] = QUIET | ((frame >> (20 - 4 * i)) & 15)
  audio[at + FLAGS_AT] = QUIET | flags
}

export function readMark(audio: Buffer, at: number): Mark | null {
  for (let i = 0; i < MAGIC.length; i++) if (audio[at + i] !== MAGIC[i]) return null
  const nibbles = (from: number, count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) value = (value << 4) | ((audio[at + from + i] ?? 0) & 15)
    return value
  }
  return { call: nibbles(CALL_AT, 4), frame: nibbles(FRAME_AT, 6), flags: nibbles(FLAGS_AT, 1) }
}

/** Finds marks wherever they lie in a stream: a bridge that fills a hole need not do so in whole frames. */
export class MarkReader {
  #rest: Buffer = Buffer.alloc(0)

  push(audio: Buffer): Mark[] {
    const all = this.#rest.length === 0 ? audio : Buffer.concat([this.#rest, audio])
    const marks: Mark[] = []
    let end = 0
    let at = all.indexOf(MAGIC)
    while (at >= 0 && at + FRAME <= all.length) {
      const found = readMark(all, at)
      if (found !== null) marks.push(found)
      end = at + FRAME
      at = all.indexOf(MAGIC, end)
    }
    // what is left may be the beginning of a frame, or of its mark
    this.#rest = all.subarray(at >= 0 ? at : Math.max(end, all.length - MAGIC.length + 1))
    return marks
  }
}
