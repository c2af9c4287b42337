/** Base64 → bytes without an allocation per message. */

const START = 64 * 1024
/** Kept between messages at most; a larger one (over half a minute of G.711 at once) gets a buffer of its own. */
const KEEP = 256 * 1024

let scratch = Buffer.allocUnsafeSlow(START)

/**
 * Decodes into a buffer shared by all sessions of the process.
 * @returns a view that the next call overwrites: copy it or lose it
 */
export function decodeAudio(base64: string): Uint8Array {
  const most = Math.ceil((base64.length * 3) / 4)
  if (most > scratch.length) {
    if (most > KEEP) return Buffer.from(base64, 'base64')
    scratch = Buffer.allocUnsafeSlow(Math.min(KEEP, 2 ** Math.ceil(Math.log2(most))))
  }
  return scratch.subarray(0, scratch.write(base64, 0, 'base64'))
}
