/** Tells autoscalers of nodes whether a pod may go with its node: at once when it may not, after a while of rest when it may. */
import type { FleetInput } from './fleet.ts'
import type { Ms } from './observed-pod.ts'
import type { PlanStep } from './plan-step.ts'
import type { Standing } from './standing.ts'
import type { Wake } from './wake.ts'

/** So that calls that come and go do not write to the API server. */
const QUIET_MS: Ms = 600_000
/** A mark that the cache does not show is written again after this. */
const AGAIN_MS: Ms = 60_000

type Mark = Extract<PlanStep, { do: 'markEvictable' }>

const LIVING = new Set(['starting', 'unready', 'trusted', 'serving', 'suspect', 'draining'])

export function markOf(s: Standing, input: FleetInput, now: Ms, wake: Wake): Mark | null {
  const { pod, memory } = s
  if (pod.seal === null || pod.edited || !LIVING.has(s.stage) || input.awaited.deletes.includes(pod.uid)) return null
  const safe = isSafe(s, now, wake)
  // Calls of a pod that is not heard of for a moment have not come back: only a lasting silence takes the mark away.
  if (safe === pod.safeToEvict || (!safe && pod.safeToEvict === true && s.stage === 'trusted')) return null
  if (memory?.markedAt !== undefined && memory.markedAt !== null && now - memory.markedAt < AGAIN_MS) {
    wake.at(memory.markedAt + AGAIN_MS)
    return null
  }
  const { namespace, name, uid, resourceVersion } = pod
  const why = safe ? 'it has had no call for a while' : 'it may carry a call'
  return { do: 'markEvictable', pod: { namespace, name, uid, resourceVersion }, seal: pod.seal, safe, why }
}

function isSafe({ pod, load, calls, memory }: Standing, now: Ms, wake: Wake): boolean {
  if (load.state === 'unknown' || calls !== 0 || load.line.outbox > 0) return false
  // said by an operator before this one: a change of the lead is no reason to write to every pod, twice
  if (pod.safeToEvict === true) return true
  const since = memory?.emptySince ?? now
  wake.at(since + QUIET_MS)
  return now - since >= QUIET_MS
}
