/** For seven minutes there is no API server: calls go on, new ones are answered, and afterwards all is as it was. */
import { setTimeout as sleep } from 'node:timers/promises'
import { handsOn } from '../place.ts'
import { SYSTEM } from '../release.ts'
import { comes, mustSay, PODS, type Stage, scaleAgent } from './stage.ts'

const GONE_S = 420
const LONG_CALLS = 2

export async function apiServerGone(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  const machines = handsOn(place)
  const before = workers.ready.map(pod => pod.metadata.uid)
  await publishSimulator(stage, true)
  await traffic.long(LONG_CALLS, GONE_S + 30)
  await machines.killApiServer()
  const goneAt = performance.now()
  try {
    for (let left = leftOf(goneAt); left > 0; left = leftOf(goneAt)) {
      stage.say(`no API server; ${traffic.up.length} calls are up; back in ${Math.ceil(left)} s`)
      await sleep(Math.min(60, left) * 1000)
    }
    const after = traffic.calls.filter(call => call.beganAt > goneAt && call.answeredAt !== null).length
    stage.check('new calls are answered meanwhile', after > 0, `${after}`)
  } finally {
    await machines.startApiServer()
  }
  stage.say('the API server is back')
  await mustSay(stage, 'the agent is Ready', /^Ready=True/, 60_000)
  const same = (): boolean => workers.ready.filter(pod => before.includes(pod.metadata.uid)).length >= PODS
  stage.check('the same pods serve', await comes(same, 120_000))
  await scaleAgent(stage, PODS + 1)
  await workers.until(PODS + 1, 1, 120_000)
  stage.check('what is asked for is done again', true)
  await scaleAgent(stage, PODS)
  await place.kube('wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s')
  await publishSimulator(stage, false)
}

/**
 * Ready is taken from all pods when the API server comes back, until their kubelets are heard of, and a Service sends nobody to a pod that is not.
 * The simulator stands for a provider that is in no cluster: it is reached all the same.
 */
async function publishSimulator({ place }: Stage, publishNotReadyAddresses: boolean): Promise<void> {
  const patch = JSON.stringify({ spec: { publishNotReadyAddresses } })
  await place.kube('patch', 'service', 'switchboard-simulator', '-n', SYSTEM, '--type=merge', '-p', patch)
}

/** Seconds. */
function leftOf(since: number): number {
  return GONE_S - (performance.now() - since) / 1000
}
