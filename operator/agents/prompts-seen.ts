/** What workers say of texts that are rendered ahead of calls: what a caller must hear, and would not. Pure. */
import type { LoadSeen } from '#operator/fleets/fleet.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import type { AgentProblem } from './problem.ts'

/**
 * Calls go on without them as docs/prompts.md says, and workers try again: nothing is stalled.
 *
 * @param revision the present one
 */
export function problemOfPrompts(
  revision: string,
  pods: readonly ObservedPod[],
  loadOf: (uid: string) => LoadSeen | undefined,
): AgentProblem | null {
  let [behind, asked] = [0, 0]
  let [least, texts, code] = [Number.POSITIVE_INFINITY, 0, '']
  for (const pod of pods) {
    const load = pod.revision === revision ? loadOf(pod.uid) : undefined
    const prompts = load?.state === 'known' ? load.line.revisions[revision]?.prompts : undefined
    if (prompts === undefined) continue
    asked += 1
    // without a code it is still at work
    if (prompts.code === undefined || prompts.rendered >= prompts.texts) continue
    behind += 1
    if (prompts.rendered < least) [least, texts, code] = [prompts.rendered, prompts.texts, prompts.code]
  }
  if (behind === 0) return null
  const where = asked === 1 ? '' : ` on ${behind} of ${asked} pods`
  return {
    reason: 'PromptsNotRendered',
    message: `${least} of ${texts} texts that callers must hear are rendered${where}, for ${code}: look it up in docs/errors.md; workers try again`,
    stalls: false,
  }
}
