/** Durations as Kubernetes users write them: `500ms`, `30s`, `1h30m` (the syntax of Go's time.ParseDuration, without sign, µs and ns). */
import { z } from 'zod'
import { ruled } from './rule.ts'

/** A duration in text form. */
export type Duration = string

const PATTERN = /^([0-9]{1,7}(\.[0-9]{1,3})?(ms|s|m|h)){1,4}$/
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** Milliseconds of a duration; null when it is not one. */
export function parseDuration(text: Duration): number | null {
  if (!PATTERN.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
  }
  return total
}

/** Milliseconds of a duration that a schema has already accepted. */
export function durationMs(text: Duration): number {
  const ms = parseDuration(text)
  if (ms === null) throw new TypeError(`not a duration: ${text}`)
  return ms
}

/** The one spelling of a length of time: `90s` and `1m30s` both become `1m30s`. */
export function formatDuration(ms: number): Duration {
  let rest = ms
  let text = ''
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const amount = unit === 'ms' ? Math.round(rest) : Math.floor(rest / UNIT_MS[unit])
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * UNIT_MS[unit]
  }
  return text === '' ? '0s' : text
}

/** CEL: what is no duration at all is the pattern's to say; duration() would fail on it. */
export const NO_DURATION = `!self.matches('${PATTERN.source.replaceAll('\\', '\\\\')}')`

/** Marks a schema as a duration, for messages and for hashing. */
export const DURATION = 'Duration'

/** A duration between two others, both included. */
export function duration(min: Duration, max: Duration) {
  const [minMs, maxMs] = [durationMs(min), durationMs(max)]
  const text = z.string().max(24).regex(PATTERN, 'a duration').meta({ title: DURATION })
  return ruled(text, {
    cel: `${NO_DURATION} || duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`,
    message: `must be between ${min} and ${max}`,
    holds: self => {
      const ms = parseDuration(self)
      // What is no duration at all is the pattern's to say.
      return ms === null || (ms >= minMs && ms <= maxMs)
    },
  })
}
