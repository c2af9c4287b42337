/** When an agent is looked at again for what became of a plan. Pure. */
import type { Ms } from '#kube/clock.ts'
import type { Executed } from '#operator/fleets/fleets.ts'

export const FAILED_AGAIN_MS: Ms = 5000
/** What a step found changed was most likely changed by us, and the cache shows it soon; nobody tells of our own writes. */
const STALE_AGAIN_MS: Ms = 500

/** Null: only when something happens. */
export function againAfter({ failed, stale }: Executed, now: Ms): Ms | null {
  if (stale > 0) return now + STALE_AGAIN_MS
  return failed > 0 ? now + FAILED_AGAIN_MS : null
}
