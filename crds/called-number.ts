/** What a caller may have dialled to mean a number: the user part of the called SIP address, read by a trunk's dial plan. */
import type { NumberForm } from './number-form.ts'
import type { DialPlan } from './sip-trunk.ts'

/** Shorter numbers are extensions, never E.164 without its +. */
const SHORTEST_E164 = 8

/**
 * What the user part of a called address may mean, most literal first: as it stands, E.164 with and without +, and by the dial plan
 * national and international. Parameters (`;phone-context=…`) and visual separators (RFC 3966 §5.1.1) are left out.
 */
export function calledForms(user: string, plan: DialPlan = {}): string[] {
  const literal = decode(user.split(';')[0] ?? '')
  const number = literal.replace(/[-.() ]/g, '')
  if (!/^\+?[0-9*#]{1,32}$/.test(number)) return [literal]
  const forms = [literal, number]
  if (number.startsWith('+')) return unique([...forms, number.slice(1)])
  const { countryCode, nationalPrefix, internationalPrefix } = plan
  if (internationalPrefix !== undefined && number.startsWith(internationalPrefix)) {
    forms.push(`+${number.slice(internationalPrefix.length)}`)
  }
  if (countryCode !== undefined && nationalPrefix !== undefined && number.startsWith(nationalPrefix)) {
    forms.push(`+${countryCode}${number.slice(nationalPrefix.length)}`)
  }
  if (number.length >= SHORTEST_E164) forms.push(`+${number}`)
  // A national number without a prefix, as in North America.
  if (countryCode !== undefined && nationalPrefix === undefined) forms.push(`+${countryCode}${number}`)
  return unique(forms)
}

function decode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function unique(forms: string[]): string[] {
  return [...new Set(forms)].filter(form => form !== '')
}

/** Numbers a form covers: all of one length between two, all that begin alike, or one user. */
export type Span =
  | { readonly kind: 'range'; readonly from: string; readonly to: string }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'user'; readonly user: string }

export function spanOf(form: NumberForm): Span {
  if (form.user !== undefined) return { kind: 'user', user: form.user }
  const text = form.number ?? form.range ?? ''
  if (form.number === undefined && text.endsWith('*')) return { kind: 'prefix', prefix: text.slice(0, -1) }
  const [from = '', to = from] = form.number === undefined ? text.split('-') : [text]
  return { kind: 'range', from, to }
}

/** The form as a person wrote it. */
export function formText(form: NumberForm): string {
  return form.number ?? form.range ?? form.user ?? ''
}

/** Whether a span covers one called form. */
export function covers(span: Span, called: string): boolean {
  if (span.kind === 'user') return span.user === called
  if (span.kind === 'prefix') return called.startsWith(span.prefix) && /^\+?[0-9*#]*$/.test(called)
  return called.length === span.from.length && called >= span.from && called <= span.to
}

/** Whether every number of `inner` is one of `outer`. */
export function within(outer: Span, inner: Span): boolean {
  if (inner.kind === 'user' || outer.kind === 'user') return inner.kind === 'user' && covers(outer, inner.user)
  if (inner.kind === 'range') return covers(outer, inner.from) && covers(outer, inner.to)
  return outer.kind === 'prefix' && inner.prefix.startsWith(outer.prefix)
}

/** Whether two spans share numbers of which neither has the better claim: the same ones, or a part of each. */
export function contend(a: Span, b: Span): boolean {
  const [ab, ba] = [within(a, b), within(b, a)]
  if (ab || ba) return ab && ba
  if (a.kind === 'range' && b.kind === 'range') {
    return a.from.length === b.from.length && a.from <= b.to && b.from <= a.to
  }
  const [wide, range] = a.kind === 'prefix' ? [a, b] : [b, a]
  if (wide.kind !== 'prefix' || range.kind !== 'range') return false
  const rest = range.from.length - wide.prefix.length
  return rest >= 0 && range.from <= wide.prefix + '9'.repeat(rest) && range.to >= wide.prefix + '0'.repeat(rest)
}

/** Orders spans by how much they cover, the narrowest first. */
export function byNarrowness(a: Span, b: Span): number {
  return size(a) - size(b)
}

function size(span: Span): number {
  if (span.kind === 'user') return 0
  if (span.kind === 'range') return digits(span.to) - digits(span.from)
  // Wider than any range, the shorter the wider. E.164 has at most 15 digits.
  return 1e15 * (17 - span.prefix.length)
}

/** Numbers of at most 15 digits are exact. Stars and hashes occur only in single numbers, whose size is 0 anyway. */
function digits(number: string): number {
  const value = Number(number.replace('+', ''))
  return Number.isNaN(value) ? 0 : value
}
