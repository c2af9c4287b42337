/** Somebody deletes a pod that has calls on it: it refuses new ones, and its own go on to their end. */
import { longCalls, nameOf, type Stage } from './stage.ts'

export async function podDeleted(stage: Stage): Promise<void> {
  const { place, workers, report } = stage
  const calls = await longCalls(stage, 45)
  const [victim] = calls.pods
  if (victim === undefined) return
  const { namespace, name, uid } = victim.metadata
  await place.kube('delete', 'pod', name, '-n', namespace, '--wait=false')
  await workers.until(2, 2, 90_000)
  report.check(`${nameOf(victim)} is replaced before it is gone`, true)
  await calls.judge()
  report.check('it goes when its last call has ended', await workers.gone(uid, 120_000))
}
