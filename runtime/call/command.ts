/** The only places where a leg or a session is spoken to: nothing goes to one that is closed. */
import type { CallEffect } from './effects.ts'
import type { SessionSlot } from './events.ts'
import type { LegCommand, SessionCommand } from './ports.ts'
import { callerLeg, type Step } from './state.ts'

type Unnumbered<C> = C extends unknown ? Omit<C, 'id'> : never
type LegEffect = Extract<CallEffect, { do: 'flush' | 'pause' | 'resume' | 'judge' }>['do']

export function legDo(s: Step, command: Unnumbered<LegCommand>): void {
  if (!callerLeg(s.call).open) return
  s.call.seq++
  const numbered = { ...command, id: `c${s.call.seq}` } as LegCommand
  s.out.push({ do: 'leg', leg: s.call.caller, command: numbered })
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
