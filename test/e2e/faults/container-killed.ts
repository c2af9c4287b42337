/** A worker's process dies: its calls are lost, nobody else's, and it comes back. */
import { longCalls, nameOf, type Stage } from './stage.ts'

export async function containerKilled(stage: Stage): Promise<void> {
  const { place, workers, report } = stage
  const calls = await longCalls(stage, 45)
  const [victim] = calls.pods
  if (victim === undefined) return
  await place.killContainer(victim)
  await calls.judge(pod => pod.metadata.uid === victim.metadata.uid)
  await workers.until(2, 2, 120_000)
  report.check(`two pods are Ready again after ${nameOf(victim)} was killed`, true)
}
