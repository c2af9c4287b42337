/** SIP and SDP as text, for the phone of tests. */

export interface Message {
  /** `INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`. */
  readonly start: string
  /** 0 for a request. */
  readonly status: number
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function parse(bytes: Buffer): Message {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  const status = start.startsWith('SIP/2.0 ') ? Number(start.slice(8, 11)) : 0
  const method = status === 0 ? (start.split(' ')[0] ?? '') : (headers['cseq']?.split(' ')[1] ?? '')
  return { start, status, method, headers, body: text.slice(end + 4) }
}

export function sdpOf(about: {
  readonly version: number
  readonly port: number
  readonly payloadTypes: readonly number[]
  readonly direction: string
}): string {
  const names: Record<number, string> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 101: 'telephone-event/8000' }
  const types = [...about.payloadTypes, 101]
  return [
    'v=0',
    `o=- 1 ${about.version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${about.port} RTP/AVP ${types.join(' ')}`,
    ...types.map(type => `a=rtpmap:${type} ${names[type]}`),
    'a=fmtp:101 0-15',
    'a=ptime:20',
    `a=${about.direction}`,
    '',
  ].join('\r\n')
}
