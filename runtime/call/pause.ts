/** Playback stands still for two reasons, a possible barge-in and hold; the playout is told of changes only. */
import { playoutDo } from './command.ts'
import { callerLeg, type Step } from './state.ts'

/** Brings the playout in line with what is known. */
export function settlePause(s: Step): void {
  const leg = callerLeg(s.call)
  const wanted = leg.held || (s.call.speech !== null && s.call.speech.pausedAt !== null)
  if (wanted === leg.paused) return
  leg.paused = wanted
  playoutDo(s, wanted ? 'pause' : 'resume')
}
