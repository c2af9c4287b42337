import { Buffer } from 'node:buffer'
import { badFraming, badLength, type Fault, faultOf, tooLarge } from './errors.ts'
import { LIMITS } from './limits.ts'
import { canonicalName } from './message.ts'
import { parseDigits } from './uri.ts'

/** What came out of a stream: whole messages, keep-alives to echo, or the reason to close it. */
export interface Framed {
  readonly messages: Uint8Array[]
  /** Double CRLFs seen: answer each with one CRLF (RFC 5626 §4.4.1). */
  pings: number
  /** Set once: the stream cannot be read any further, close it. */
  fault: Fault | null
}

/**
 * Splits a stream transport into messages by Content-Length (RFC 3261 §18.3), which is mandatory there. Holds at most one message; a
 * missing, malformed or too large length ends the stream, since nothing behind it can be found again.
 */
export class SipStream {
  #pending: Buffer = Buffer.alloc(0)
  /** Bytes of `#pending` already searched for the end of the head. */
  #searched = 0
  /** Length of the message at the front once its head is complete. */
  #needed: number | null = null
  #fault: Fault | null = null

  /** Takes a chunk; the messages returned are copies of nothing: they stay valid until the caller is done with them. */
  push(chunk: Uint8Array): Framed {
    const out: Framed = { messages: [], pings: 0, fault: this.#fault }
    if (this.#fault) return out
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes])
    while (this.#fault === null && this.#step(out)) {}
    if (this.#fault) {
      out.fault = this.#fault
      this.#pending = Buffer.alloc(0)
    }
    return out
  }

  /** Bytes held, for tests of the bound. */
  get held(): number {
    return this.#pending.length
  }

  #step(out: Framed): boolean {
    if (this.#needed === null && !this.#measure(out)) return false
    const needed = this.#needed as number
    if (this.#pending.length < needed) return false
    out.messages.push(this.#pending.subarray(0, needed))
    this.#drop(needed)
    return this.#pending.length > 0
  }

  /** Finds the end of the head and reads the length of the body. */
  #measure(out: Framed): boolean {
    let blank = 0
    while (this.#pending[blank] === 13 || this.#pending[blank] === 10) blank++
    if (blank > 0) {
      out.pings += Math.floor(blank / 4)
      // An odd half of a ping stays until its rest or a message comes.
      const keep = blank === this.#pending.length ? blank % 4 : 0
      this.#drop(blank - keep)
      if (keep > 0) return false
    }
    const end = this.#pending.indexOf('\r\n\r\n', Math.max(0, this.#searched - 3))
    if (end < 0 || end > LIMITS.head) {
      this.#searched = this.#pending.length
      if (this.#pending.length > LIMITS.head) this.#fault = faultOf(tooLarge, 513, 'Message Too Large')
      return false
    }
    const length = contentLength(this.#pending.toString('latin1', 0, end))
    if (length === null) this.#fault = faultOf(badFraming, 400, 'Missing Content-Length Header')
    else if (length < 0) this.#fault = faultOf(badLength, 400, 'Malformed Content-Length Header')
    else if (end + 4 + length > LIMITS.message) this.#fault = faultOf(tooLarge, 513, 'Message Too Large')
    else this.#needed = end + 4 + length
    return this.#fault === null
  }

  #drop(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes)
    this.#searched = 0
    this.#needed = null
  }
}

/** Null: absent; -1: malformed, or repeated with another value. */
function contentLength(head: string): number | null {
  let found: number | null = null
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon < 1 || colon > 20 || canonicalName(line.slice(0, colon).trimEnd()) !== 'content-length') continue
    const value = parseDigits(line.slice(colon + 1).trim(), 0x7fff_ffff)
    if (value === null || (found !== null && found !== value)) return -1
    found = value
  }
  return found
}
