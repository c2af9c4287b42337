/** What every caller hears before the agent: clips, one after another, that nothing the caller does cuts. */
import { final } from './ending.ts'
import { disclosing } from './hush.ts'
import { DISCLOSURE } from './items.ts'
import { speakClip } from './prompts.ts'
import { recordDisclosure } from './record.ts'
import type { CallState, Step } from './state.ts'

/** What must be said to a caller of this agent, and cannot be; null: there is nothing. */
export function unsayable(call: CallState): string | null {
  const { disclosures, greeting } = call.policy
  const missing = disclosures?.find(({ required, clip }) => required && clip === undefined)
  if (missing !== undefined) return `the disclosure ${missing.name}`
  return greeting?.verbatim === true && greeting.clip === undefined ? 'the greeting' : null
}

/** Begins the next one that can be said. */
export function disclose(s: Step): void {
  const { call } = s
  while (disclosing(call)) {
    const { name, clip } = call.policy.disclosures?.[call.disclosed] ?? {}
    if (name !== undefined && clip !== undefined) return speakClip(s, `${DISCLOSURE}${name}`, clip, false)
    if (name !== undefined) recordDisclosure(s, name, 0, 0)
    call.disclosed++
  }
}

/** One is over, or could not be played. One that was cut is not: the caller has gone, or the call is ended by what cut it. */
export function onDisclosed(s: Step, heardMs: number, totalMs: number): void {
  const { call } = s
  if (call.phase !== 'live' || !disclosing(call) || heardMs < Math.floor(totalMs)) return
  const { name, required } = call.policy.disclosures?.[call.disclosed] ?? {}
  call.disclosed++
  if (totalMs > 0 || required !== true) return disclose(s)
  const detail = `the disclosure ${name ?? ''} cannot be played`
  final(s, call.policy.unavailable, { code: 'unavailable', by: 'switchboard', detail })
}
