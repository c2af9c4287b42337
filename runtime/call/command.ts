/** The only places where a leg or a session is spoken to: nothing goes to one that is closed. */
import type { CallEffect } from './effects.ts'
import type { SessionSlot } from './events.ts'
import type { CommandId, LegCommand, LegId, RingbackTone, SessionCommand } from './ports.ts'
import { callerLeg, type Step } from './state.ts'

type Unnumbered<C> = C extends unknown ? Omit<C, 'id'> : never
type LegEffect = Extract<CallEffect, { do: 'flush' | 'pause' | 'resume' | 'judge' }>['do']

/** @returns the command's id; null: that leg is closed */
export function legDo(s: Step, command: Unnumbered<LegCommand>, leg: LegId = s.call.caller): CommandId | null {
  if (s.call.legs[leg]?.open !== true) return null
  s.call.seq++
  const id = `c${s.call.seq}`
  s.out.push({ do: 'leg', leg, command: { ...command, id } as LegCommand })
  return id
}

/** What one leg says goes to another leg; null: nowhere. */
export function routeLegs(s: Step, from: LegId, to: LegId | null): void {
  if (from === s.call.caller && !callerLeg(s.call).open) return
  s.out.push({ do: 'route', from: { leg: from }, to: to === null ? [] : [{ leg: to }] })
}

/** A tone to the caller under everything else; null: none. */
export function toneDo(s: Step, tone: RingbackTone | null): void {
  s.out.push({ do: 'tone', leg: s.call.caller, tone })
}

/** Something done to the caller's playout. */
export function playoutDo(s: Step, what: LegEffect): void {
  if (callerLeg(s.call).open) s.out.push({ do: what, leg: s.call.caller })
}

export function playClip(s: Step, prompt: string, clip: string): boolean {
  if (!callerLeg(s.call).open) return false
  s.out.push({ do: 'play', leg: s.call.caller, prompt, clip })
  return true
}

/** False: there is no session that could take it. */
export function sessionDo(s: Step, command: SessionCommand): boolean {
  if (s.call.sessions.main?.ready !== true) return false
  s.out.push({ do: 'session', slot: 'main', command })
  return true
}

/** Where the caller's words go, and whose words the caller hears. */
export function routeCaller(s: Step, to: SessionSlot | null): void {
  if (!callerLeg(s.call).open) return
  const leg = { leg: s.call.caller }
  s.out.push({ do: 'route', from: leg, to: to === null ? [] : [{ session: to }] })
  if (to === null) return
  s.out.push({ do: 'route', from: { session: to }, to: [leg] })
  const session = s.call.sessions[to]
  if (session !== undefined) session.hearingSince = s.now
}
