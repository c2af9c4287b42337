import { parseMediaType } from './headers.ts'
import { LIMITS } from './limits.ts'
import { canonicalName, type SipMessage } from './message.ts'

/** What a message's body is to us. `unsupported` covers a type or encoding that must be understood and is not. */
export type BodyKind =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly text: string }
  | { readonly kind: 'unsupported'; readonly why: 'type' | 'encoding' }

/** Finds the session description: the body itself, or the first SDP part of a multipart body (RFC 5621). */
export function sessionBody(message: SipMessage): BodyKind {
  if (message.body === '') return { kind: 'none' }
  const encoding = message.header('content-encoding')?.toLowerCase()
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity')
    return { kind: 'unsupported', why: 'encoding' }
  const optional = isOptional(message.header('content-disposition'))
  const type = parseMediaType(message.header('content-type') ?? 'application/octet-stream')
  const unsupported: BodyKind = optional ? { kind: 'none' } : { kind: 'unsupported', why: 'type' }
  if (type === null) return unsupported
  if (type.type === 'application/sdp') return { kind: 'sdp', text: message.body }
  if (!type.type.startsWith('multipart/')) return unsupported
  const boundary = type.parameters['boundary'] ?? ''
  if (boundary === '' || boundary.length > 70) return unsupported
  const parts = message.body.split(`--${boundary}`).slice(1, LIMITS.bodyParts + 1)
  for (const part of parts) {
    const text = sdpPart(part)
    if (text !== null) return { kind: 'sdp', text }
  }
  return unsupported
}

function sdpPart(part: string): string | null {
  const blank = part.indexOf('\r\n\r\n')
  if (blank < 0 || part.startsWith('--')) return null
  for (const line of part.slice(0, blank).split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 1 || canonicalName(line.slice(0, colon).trimEnd()) !== 'content-type') continue
    if (parseMediaType(line.slice(colon + 1).trim())?.type !== 'application/sdp') return null
    const text = part.slice(blank + 4)
    return text.endsWith('\r\n') ? text.slice(0, -2) : text
  }
  return null
}

function isOptional(disposition: string | undefined): boolean {
  return disposition !== undefined && disposition.toLowerCase().replaceAll(' ', '').includes('handling=optional')
}
