/** A parsed message: start line and an index of headers. Values are strings of the wire (latin1), parsed when somebody asks. */
abstract class HeaderIndex {
  readonly names: readonly string[]
  readonly values: string[]
  /** The body's bytes as latin1. */
  readonly body: string

  constructor(names: readonly string[], values: string[], body: string) {
    this.names = names
    this.values = values
    this.body = body
  }

  /** First value of a header by its long lower-case name; undefined when absent. */
  header(name: string): string | undefined {
    const at = this.names.indexOf(name)
    return at < 0 ? undefined : this.values[at]
  }

  /** All field values of a header in order, lists not split. */
  all(name: string): string[] {
    const out: string[] = []
    for (let i = 0; i < this.names.length; i++) if (this.names[i] === name) out.push(this.values[i] as string)
    return out
  }

  count(name: string): number {
    let n = 0
    for (const each of this.names) if (each === name) n++
    return n
  }
}

export class SipRequest extends HeaderIndex {
  readonly kind = 'request'
  readonly method: string
  readonly uri: string

  constructor(method: string, uri: string, names: readonly string[], values: string[], body: string) {
    super(names, values, body)
    this.method = method
    this.uri = uri
  }
}

export class SipResponse extends HeaderIndex {
  readonly kind = 'response'
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, names: readonly string[], values: string[], body: string) {
    super(names, values, body)
    this.status = status
    this.reason = reason
  }
}

export type SipMessage = SipRequest | SipResponse

/** Compact forms: RFC 3261 §7.3.3, 3515, 3841, 3891, 3892, 4028, 6665, 8224. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
}

/** Long lower-case name of a header as it was written. */
export function canonicalName(written: string): string {
  const lower = written.toLowerCase()
  return lower.length === 1 ? (COMPACT[lower] ?? lower) : lower
}
