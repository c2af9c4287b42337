/** A worker's process dies: its calls are lost, nobody else's, and it comes back. */
import type { Pod } from '../kube.ts'
import { handsOn } from '../place.ts'
import { busiest, comes, nameOf, type Stage } from './stage.ts'

export async function containerKilled(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  const machines = handsOn(stage.place)
  const victim = await busiest(stage)
  const { namespace, name } = victim.metadata
  const restarts = (pod: Pod | undefined): number => pod?.status.containerStatuses?.[0]?.restartCount ?? 0
  const before = restarts(await place.kube.get<Pod>('pod', name, '-n', namespace))
  traffic.harm([victim])
  await machines.killContainer(victim)
  // And those that came to it just before.
  traffic.harm([victim])
  const back = await comes(() => {
    const ready = workers.ready.find(pod => pod.metadata.uid === victim.metadata.uid)
    return restarts(ready) > before
  }, 120_000)
  stage.check(`${nameOf(victim)} is Ready again`, back)
  await traffic.reaches([victim])
  stage.check('it answers calls again', true)
  await traffic.settled()
}
