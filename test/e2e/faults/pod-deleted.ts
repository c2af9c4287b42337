/** Somebody deletes a pod that has calls on it: it refuses new ones, and its own go on to their end. */
import { busiest, nameOf, PODS, type Stage } from './stage.ts'

export async function podDeleted(stage: Stage): Promise<void> {
  const { place, workers } = stage
  const victim = await busiest(stage)
  const { namespace, name, uid } = victim.metadata
  await place.kube('delete', 'pod', name, '-n', namespace, '--wait=false')
  await workers.without(uid, PODS, 90_000)
  stage.check(`${nameOf(victim)} is replaced before it is gone`, !(await workers.gone(uid, 0)))
  stage.check('it goes when its last call has ended', await workers.gone(uid, 150_000))
}
