/** Caller audio on its way to the socket: gathered into messages, bounded, and never older than it is worth. */
import { type AudioFormat, bytesOf, type Ms, msOf } from '#runtime/media/format.ts'

const BEFORE = '{"type":"input_audio_buffer.append","audio":"'
const AFTER = '"}'

/** Audio kept while the socket does not drain; what is older is dropped, for a model that hears late answers late for ever. */
const KEEP_MS = 200

/** An `input_audio_buffer.append` as JSON text. Base64 needs no escape, so nothing is stringified. */
export function appendMessage(audio: Buffer): string {
  return BEFORE + audio.toString('base64') + AFTER
}

export interface Upstream {
  /**
   * Takes caller audio and sends every full message, unless the socket holds more than it should.
   * @param buffered bytes the socket has not yet sent
   * @returns bytes of audio dropped by this call
   */
  push(frame: Uint8Array, buffered: number, send: (message: string) => void): number
  /** Forgets what was not sent. */
  clear(): void
}

/** @param frameMs audio per message, 20..100 ms: less is sooner, more is cheaper */
export function createUpstream(format: AudioFormat, frameMs: Ms): Upstream {
  const size = bytesOf(format, Math.min(100, Math.max(20, frameMs)))
  const batch = Buffer.allocUnsafe(size)
  const waiting: string[] = []
  const most = Math.max(1, Math.floor(KEEP_MS / msOf(format, size)))
  // 200 ms on the wire: base64 is 4/3, plus envelopes and WebSocket headers.
  const high = Math.ceil((bytesOf(format, KEEP_MS) * 4) / 3) + most * 64
  let filled = 0

  const flush = (buffered: number, send: (message: string) => void): number => {
    waiting.push(appendMessage(batch))
    filled = 0
    if (buffered <= high) {
      for (const message of waiting) send(message)
      waiting.length = 0
      return 0
    }
    if (waiting.length <= most) return 0
    waiting.shift()
    return size
  }

  return {
    push(frame, buffered, send) {
      let dropped = 0
      for (let at = 0; at < frame.length; ) {
        const part = Math.min(size - filled, frame.length - at)
        batch.set(at === 0 && part === frame.length ? frame : frame.subarray(at, at + part), filled)
        filled += part
        at += part
        if (filled === size) dropped += flush(buffered, send)
      }
      return dropped
    },
    clear() {
      filled = 0
      waiting.length = 0
    },
  }
}
