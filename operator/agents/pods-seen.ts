/** How the pods of a revision do, as a rollout needs to know before the fleet is planned. Pure. */
import type { LoadSeen } from '#operator/fleets/fleet.ts'
import type { Ms, ObservedPod } from '#operator/fleets/observed-pod.ts'
import { isBelieved } from '#operator/fleets/standing.ts'
import type { SecretState } from '#runtime/contract/load-line.ts'

export function readyAndAlive(
  revision: string,
  pods: readonly ObservedPod[],
  loadOf: (uid: string) => LoadSeen | undefined,
  leaderSince: Ms,
): { readonly ready: number; readonly alive: number } {
  let [ready, alive] = [0, 0]
  for (const pod of pods) {
    if (pod.revision !== revision || pod.made !== 'sealed' || pod.deletingAt !== null) continue
    if (pod.phase === 'Failed' || pod.phase === 'Succeeded') continue
    const load = loadOf(pod.uid)
    if (load?.state === 'known' && load.line.drain !== null) continue
    alive += 1
    const has = load?.state === 'known' && load.line.revisions[revision] !== undefined
    if (load && pod.ready && (has || isBelieved(pod, load, leaderSince))) ready += 1
  }
  return { ready, alive }
}

/** What workers of a revision say of a credential that it names. */
export function reportedOf(
  credential: string,
  pods: readonly ObservedPod[],
  loadOf: (uid: string) => LoadSeen | undefined,
): SecretState[] {
  return pods.flatMap(({ uid }) => {
    const load = loadOf(uid)
    return load?.state === 'known' ? (load.line.secrets?.[credential] ?? []) : []
  })
}
