/** The operator is killed in the middle of a change: the change is made all the same, and no call notices. */
import { OPERATORS, PODS, type Stage, scaleAgent } from './stage.ts'

export async function operatorKilled(stage: Stage): Promise<void> {
  const { place, workers } = stage
  await scaleAgent(stage, PODS + 1)
  await place.kube('delete', 'pods', ...OPERATORS, '--grace-period=0', '--force', '--wait=false')
  await workers.until(PODS + 1, 2, 120_000)
  stage.check('three pods are Ready, as was asked just before both operators were killed', true)
  await scaleAgent(stage, PODS)
}
