/** Base64 → bytes without an allocation per message. */

const START = 64 * 1024
/** Kept between messages at most; a larger one (over half a minute of G.711 at once) gets a buffer of its own. */
const KEEP = 256 * 1024

let scratch = Buffer.allocUnsafeSlow(START)

/**
 * Decodes into a buffer shared by all sessions of the process.
 * @returns a view that the next call overwrites: copy it or lose it. Null when the text is not base64 throughout: Node's decoder leaves
 * out what it does not know, so a count of bytes tells, at no cost.
 */
export function decodeAudio(base64: string): Uint8Array | null {
  const { length } = base64
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const bytes = Math.floor(((length - padding) * 3) / 4)
  if (bytes > scratch.length) {
    if (bytes > KEEP) {
      const own = Buffer.from(base64, 'base64')
      return own.length === bytes ? own : null
    }
    scratch = Buffer.allocUnsafeSlow(Math.min(KEEP, 2 ** Math.ceil(Math.log2(bytes))))
  }
  return scratch.write(base64, 0, 'base64') === bytes ? scratch.subarray(0, bytes) : null
}
