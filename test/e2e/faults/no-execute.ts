/** Somebody taints a node NoExecute: Kubernetes deletes the pods there past any budget; their calls go on to their end all the same. */
import { nameOf, PODS, type Stage, victimNode } from './stage.ts'

const KEY = 'faults.switchboard.dev/no-execute'

export async function noExecute(stage: Stage): Promise<void> {
  const { place, workers } = stage
  const { node, pods } = await victimNode(stage)
  const [victim] = pods
  if (victim === undefined) return
  const { uid } = victim.metadata
  await place.kube('taint', 'node', node, `${KEY}=:NoExecute`)
  try {
    await workers.without(uid, PODS, 120_000)
    stage.check(`${nameOf(victim)} is replaced elsewhere before it is gone`, !(await workers.gone(uid, 0)))
    stage.check('it goes when its last call has ended', await workers.gone(uid, 150_000))
  } finally {
    await place.kube('taint', 'node', node, `${KEY}-`)
  }
}
