/** For seven minutes a node does not reach the API server: its calls do not pass there, so they go on, and nothing that has some is deleted. */
import { setTimeout as sleep } from 'node:timers/promises'
import { handsOn } from '../place.ts'
import { comes, mustSay, PODS, type Stage, victimNode } from './stage.ts'

const CUT_S = 420
const LONG_CALLS = 4

export async function nodeCut(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  const machines = handsOn(stage.place)
  const long = await traffic.long(LONG_CALLS, CUT_S + 30)
  const { node, other, pods } = await victimNode(stage)
  const uids = pods.map(pod => pod.metadata.uid)
  const there = traffic.on(pods).filter(call => long.includes(call)).length
  await machines.cutOff(node)
  const cutAt = performance.now()
  stage.say(
    `${node} is cut off from the API server, with ${traffic.on(pods).length} calls on it, ${there} of them long`,
  )
  try {
    await mustSay(stage, 'the agent says so', new RegExp(`node ${node}`), 180_000)
    await workers.on(other, PODS, 180_000)
    stage.check(
      `new calls have two pods on ${other} soon`,
      true,
      `after ${Math.round((performance.now() - cutAt) / 1000)} s`,
    )
    for (let left = leftOf(cutAt); left > 0; left = leftOf(cutAt)) {
      stage.say(`${traffic.on(pods).length} calls on it; back in ${Math.ceil(left)} s`)
      await sleep(Math.min(60, left) * 1000)
    }
    stage.check(
      'no pod of it was deleted',
      uids.every(uid => !workers.isTerminating(uid)),
    )
  } finally {
    await machines.reconnect(node)
  }
  stage.say(`${node} is back`)
  await comes(() => long.every(call => call.endedAt !== null), 120_000)
  const carried = long.filter(call => call.endedAt !== null && call.lost === null && call.pod?.spec.nodeName === node)
  stage.check(
    'calls that were on it all the time are carried to their end',
    carried.length === there && there > 0,
    `${carried.length} of ${there}`,
  )
  await place.kube('wait', '--for=condition=Ready', `node/${node}`, '--timeout=120s')
  stage.check('there are two pods in the end', await workers.exactly(PODS, 300_000))
  await mustSay(stage, 'and the agent has nothing to say of it any more', /^Reconciling=False Done/, 60_000)
}

/** Seconds. */
function leftOf(since: number): number {
  return CUT_S - (performance.now() - since) / 1000
}
