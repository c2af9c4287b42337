/** Both operators are gone for a minute: calls are answered as before, what is deleted meanwhile is emptied by itself, and made anew when they are back. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pod } from '../kube.ts'
import { SYSTEM } from '../release.ts'
import { busiest, comes, nameOf, OPERATORS, PODS, type Stage } from './stage.ts'

const DEPLOYMENT = ['deployment/switchboard-operator', '-n', SYSTEM]
const GONE_MS = 60_000

export async function operatorsGone(stage: Stage): Promise<void> {
  const { place, workers } = stage
  await place.kube('scale', ...DEPLOYMENT, '--replicas=0')
  try {
    const gone = await comes(async () => (await place.kube.get<Pod[]>('pods', ...OPERATORS)).length === 0, 60_000)
    stage.check('both operators are gone', gone)
    const victim = await busiest(stage)
    await place.kube('delete', 'pod', victim.metadata.name, '-n', victim.metadata.namespace, '--wait=false')
    stage.say(`${nameOf(victim)} is deleted with nobody there to see it`)
    await sleep(GONE_MS)
  } finally {
    await place.kube('scale', ...DEPLOYMENT, '--replicas=2')
  }
  await workers.until(PODS, 1, 120_000)
  stage.check('what was deleted meanwhile is made anew', true)
  stage.check('and there are two in the end', await workers.exactly(PODS, 240_000))
}
