/** The operator is killed in the middle of a change: the change is made all the same, and no call notices. */
import { AGENT, SYSTEM } from '../release.ts'
import { longCalls, type Stage } from './stage.ts'

export async function operatorKilled(stage: Stage): Promise<void> {
  const { place, workers, report } = stage
  const calls = await longCalls(stage, 60)
  await scale(stage, 3)
  const operators = ['-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator']
  await place.kube('delete', 'pods', ...operators, '--grace-period=0', '--force', '--wait=false')
  await workers.until(3, 2, 120_000)
  report.check('three pods are Ready, as was asked just before both operators were killed', true)
  await calls.judge()
  await scale(stage, 2)
  report.check('and two again', await workers.exactly(2, 180_000))
}

async function scale({ place }: Stage, pods: number): Promise<void> {
  const patch = JSON.stringify({ spec: { scaling: { minPods: pods } } })
  await place.kube('patch', 'voiceagent', AGENT.name, '-n', AGENT.namespace, '--type=merge', '-p', patch)
}
