/**
 * Numbers that no agent may dial, whatever a trunk allows: emergency numbers, where a machine must never be in the line of somebody in need,
 * and numbers that cost whoever dials them. As of 2026-11, from ITU-T E.164 and the numbering plans of the countries named.
 */

/** 112 and 911 everywhere; 999 (GB and others), 000 (AU), 110, 118 and 119 (JP, CN, DE, IT), 15, 17 and 18 (FR), 190 to 193 (BR), 997 and 998 (PL, SA). */
const EMERGENCY = '112|911|999|000|110|118|119|15|17|18|190|191|192|193|997|998'

/** International premium rate and satellites; NANP 900 and 976; GB 09 and 087; DE 0900 and 0137; FR 089; IT 089; ES 80x; NL 090; AT 09; CH 090; AU 190. */
const PREMIUM = '979|808|870|881|882|883|1900|1[0-9]{3}976|449|4487|49900|49137|3389|3989|3480[367]|3190|439|4190|61190'

/** An emergency number as it stands, or behind the digit for an outside line. RE2 and JavaScript read it alike. */
export const EMERGENCY_PATTERN = `^[+]?[09]?(${EMERGENCY})$`
export const EMERGENCY_URI_PATTERN = `^sip:[+]?[09]?(${EMERGENCY})@`
export const PREMIUM_PATTERN = `^[+](${PREMIUM})`

const emergency = new RegExp(EMERGENCY_PATTERN)
const premium = new RegExp(PREMIUM_PATTERN)

/** Why a number may not be dialled; null: nothing of its own speaks against it. Visual separators do not hide a number. */
export function refusalOf(number: string): 'emergency' | 'premium' | null {
  const plain = number.replace(/[-.() ]/g, '')
  if (emergency.test(plain)) return 'emergency'
  return premium.test(plain.replace(/^(00|011)/, '+')) ? 'premium' : null
}

/** What is dialled, of a destination: its number, or its address. */
export interface DialTarget {
  readonly number?: string | undefined
  readonly uri?: string | undefined
}

/** Parts of a `sip:` address that is dialled; null: it is none. */
export function addressOf(uri: string): { readonly user: string; readonly host: string } | null {
  const match = /^sip:(?:([^@;?]+)@)?([^@:;?]+)(?::\d+)?(?:;[^?]*)?$/.exec(uri)
  if (match === null) return null
  return { user: decode(match[1] ?? ''), host: (match[2] ?? '').toLowerCase() }
}

/** The user part as a number; null: it is a name. */
export function numberOf(to: DialTarget): string | null {
  const text = to.number ?? addressOf(to.uri ?? '')?.user.split(';')[0] ?? ''
  const plain = text.replace(/[-.() ]/g, '')
  return /^\+?[0-9*#]+$/.test(plain) ? plain : null
}

/** What a trunk lets agents dial. */
export interface DialRules {
  readonly allowedPrefixes: readonly string[]
  /** Where its calls go out to. An address that is a name, not a number, must be at it. */
  readonly host?: string | undefined
}

/** Why a trunk does not dial this; null: it may. Asked at apply and again before each call. */
export function dialRefusal(to: DialTarget, rules: DialRules): 'emergency' | 'premium' | 'prefix' | 'host' | null {
  const number = numberOf(to)
  if (number === null) {
    const host = addressOf(to.uri ?? '')?.host
    return host !== undefined && host === rules.host?.toLowerCase() ? null : 'host'
  }
  return refusalOf(number) ?? (rules.allowedPrefixes.some(prefix => number.startsWith(prefix)) ? null : 'prefix')
}

function decode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
