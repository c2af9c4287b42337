/** Which pods are listened to, and which are told what to answer as. */
import type { FleetPlan, Reachable } from './fleet.ts'
import type { Standing } from './standing.ts'

const SERVING = new Set(['starting', 'unready', 'trusted', 'serving'])

export function reachable(standings: readonly Standing[]): Pick<FleetPlan, 'follow' | 'serve'> {
  const follow: Reachable[] = []
  const serve: Reachable[] = []
  for (const { pod, stage, revision } of standings) {
    // Also one whose container has ended, by what was said last: it may have been started again where nobody could say so.
    if (pod.address === null || stage === 'ended' || stage === 'lost') continue
    const { namespace, name, uid, address } = pod
    const it: Reachable = { namespace, name, uid, address, revision: pod.revision }
    follow.push(it)
    // A pod that was never Ready has no revision, which is what proves that it has no call: so nobody else is given one.
    const ours = pod.made === 'sealed' && !pod.edited && revision !== undefined
    if (ours && pod.ready && SERVING.has(stage)) serve.push(it)
  }
  return { follow, serve }
}
