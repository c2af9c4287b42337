/** Messages of a server as WebSocket frames (RFC 6455 §5.2): text, whole, and not masked. */

const TEXT = 0x81
/** A length up to here is in the second byte; from there on in the two after it. */
const SHORT = 125
const TWO_BYTES = 126
const MAX_BYTES = 0xffff

/**
 * One buffer for all of them, so that they leave in one write.
 * @throws RangeError for a message over 64 KiB: nothing that is said to a carrier is near it
 */
export function textFrames(messages: readonly Buffer[]): Buffer {
  let size = 0
  for (const { length } of messages) size += (length > SHORT ? 4 : 2) + length
  const frames = Buffer.allocUnsafe(size)
  let at = 0
  for (const message of messages) {
    const { length } = message
    if (length > MAX_BYTES) throw new RangeError(`a message of ${length} bytes`)
    frames[at++] = TEXT
    if (length > SHORT) {
      frames[at++] = TWO_BYTES
      frames[at++] = length >> 8
      frames[at++] = length & 0xff
    } else frames[at++] = length
    frames.set(message, at)
    at += length
  }
  return frames
}
