/** Answers that leave nothing behind (RFC 3261 §8.2.7): the same request gets the same answer, and a flood costs no memory. */
import type { SipEffect, Source } from './api.ts'
import { buildResponse, type HeaderLines, toBytes } from './build.ts'
import { ALLOW } from './dialog.ts'
import type { Fault } from './errors.ts'
import { listOf } from './headers.ts'
import type { SipRequest } from './message.ts'
import { responseTarget, stampedVia, topVia } from './request-head.ts'
import type { UserAgent } from './state.ts'

export function reply(
  ua: UserAgent,
  request: SipRequest,
  source: Source,
  status: number,
  phrase: string,
  headers: HeaderLines,
  out: SipEffect[],
  toTag?: string,
): void {
  const via = topVia(request)
  if (via === null || request.method === 'ACK') return
  const stamped = stampedVia(request.header('via') as string, via, source)
  const tag = toTag ?? stableTag(`${via.branch}|${via.host}|${request.header('call-id') ?? ''}`)
  const text = buildResponse(request, stamped, tag, status, phrase, [...headers, ['Server', ua.settings.product]])
  out.push({ do: 'send', bytes: toBytes(text), to: responseTarget(via, source), transaction: null })
}

export function refuse(ua: UserAgent, request: SipRequest, source: Source, fault: Fault, out: SipEffect[]): void {
  const headers: [string, string][] = []
  if (fault.status === 420) headers.push(['Unsupported', (listOf(request.all('require')) ?? []).join(', ')])
  if (fault.status === 405) headers.push(['Allow', ALLOW])
  if (fault.status === 415) headers.push(['Accept', 'application/sdp'], ['Accept-Encoding', 'identity'])
  reply(ua, request, source, fault.status, fault.phrase, headers, out)
  out.push({
    do: 'event',
    event: { type: 'fault', code: fault.code, status: fault.status, detail: fault.phrase, source },
  })
}

/** The same To tag for every copy of a request, without remembering it: two FNV-1a hashes. */
function stableTag(text: string): string {
  let a = 0x811c9dc5
  let b = 0x01000193
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    a = Math.imul(a ^ c, 0x01000193) >>> 0
    b = Math.imul(b ^ (c + i), 0x01000193) >>> 0
  }
  return `${a.toString(16).padStart(8, '0')}${b.toString(16).padStart(8, '0')}`
}
