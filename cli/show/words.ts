/** How times, numbers of callers and foreign text are written for people. */

/** `640 ms`, `3.2 s`, `2 m 05 s`, `1 h 02 m`. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`
  if (ms < 1) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const pad = (n: number): string => String(n).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} m`
}

/** How long ago, as kubectl writes it: `12s`, `5m`, `3h`, `2d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** A caller's number with its middle hidden: enough to recognise, not to call. */
export function masked(number: string): string {
  if (number === '' || number === 'anonymous') return number
  const visible = number.startsWith('+') ? 3 : 2
  if (!/^\+?\d{6,}$/.test(number)) return `${number.slice(0, 1)}•••`
  return `${number.slice(0, visible)}${'•'.repeat(number.length - visible - 2)}${number.slice(-2)}`
}

/** Control characters (C0, DEL, C1) and those that turn the direction of writing. */
const CONTROL = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** Text of callers, models and tools on one line: no control character of theirs reaches the terminal. */
export function printable(text: string, longest = 300): string {
  const clean = text.replace(CONTROL, ' ').trim()
  return clean.length > longest ? `${clean.slice(0, longest)}… (${clean.length} characters)` : clean
}
