/** The agent is deleted under its calls: they end as they would have, and then nothing is left of it. */
import { AGENT } from '../release.ts'
import { longCalls, type Stage } from './stage.ts'

export async function agentDeleted(stage: Stage): Promise<void> {
  const { place, workers, report } = stage
  const calls = await longCalls(stage, 45)
  await place.kube('delete', 'voiceagent', AGENT.name, '-n', AGENT.namespace, '--wait=false')
  await calls.judge()
  report.check('no pod is left', await workers.exactly(0, 120_000))
}
