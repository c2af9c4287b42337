/** The agent is deleted under its calls: they end as they would have, and then nothing is left of it. */
import { AGENT } from '../release.ts'
import { comes, type Stage } from './stage.ts'

export async function agentDeleted(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  traffic.hold()
  await place.kube('delete', 'voiceagent', AGENT.name, '-n', AGENT.namespace, '--wait=false')
  const over = await comes(() => traffic.up.length === 0, 150_000)
  stage.check('its calls come to their end', over)
  stage.check('no pod is left', await workers.exactly(0, 120_000))
}
