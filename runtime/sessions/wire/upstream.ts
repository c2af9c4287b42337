/** Caller audio on its way to the socket: gathered into messages, bounded, and never older than it is worth. */
import { type AudioFormat, bytesOf, type Ms, msOf } from '#runtime/media/format.ts'

/** Audio kept while the socket does not drain; what is older is dropped, for a model that hears late answers late for ever. */
const KEEP_MS = 200

/** Where messages go: the socket. */
export interface Sink {
  /** Bytes not yet sent. */
  readonly buffered: number
  sendSoon(message: Buffer): void
}

export interface Upstream {
  /**
   * Takes caller audio and sends every full message, unless the socket holds more than it should.
   * @returns bytes of audio dropped by this call; null: no message was due
   */
  push(frame: Uint8Array, sink: Sink): number | null
  /** Forgets what was not sent. */
  clear(): void
}

/**
 * @param frameMs audio per message, 20..100 ms: less is sooner, more is cheaper
 * @param make the vendor's message of so much audio; the bytes given to it are used again
 */
export function createUpstream(format: AudioFormat, frameMs: Ms, make: (audio: Buffer) => Buffer): Upstream {
  const size = bytesOf(format, Math.min(100, Math.max(20, frameMs)))
  const batch = Buffer.allocUnsafe(size)
  const waiting: Buffer[] = []
  const most = Math.max(1, Math.floor(KEEP_MS / msOf(format, size)))
  // 200 ms on the wire: base64 is 4/3, plus envelopes and WebSocket headers.
  const high = Math.ceil((bytesOf(format, KEEP_MS) * 4) / 3) + most * 64
  let filled = 0

  const flush = (sink: Sink): number => {
    filled = 0
    const message = make(batch)
    if (sink.buffered <= high) {
      for (const earlier of waiting) sink.sendSoon(earlier)
      waiting.length = 0
      sink.sendSoon(message)
      return 0
    }
    waiting.push(message)
    if (waiting.length <= most) return 0
    waiting.shift()
    return size
  }

  return {
    push(frame, sink) {
      let dropped: number | null = null
      for (let at = 0; at < frame.length; ) {
        const part = Math.min(size - filled, frame.length - at)
        batch.set(at === 0 && part === frame.length ? frame : frame.subarray(at, at + part), filled)
        filled += part
        at += part
        if (filled === size) dropped = (dropped ?? 0) + flush(sink)
      }
      return dropped
    },
    clear() {
      filled = 0
      waiting.length = 0
    },
  }
}
