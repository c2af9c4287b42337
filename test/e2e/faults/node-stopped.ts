/** A node loses its power: its calls are lost, nobody else's; its pods are made elsewhere. It boots again, and all is as it was. */
import { handsOn } from '../place.ts'
import { mustSay, PODS, type Stage, victimNode } from './stage.ts'

export async function nodeStopped(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  const machines = handsOn(stage.place)
  const { node, other, pods } = await victimNode(stage)
  const uids = pods.map(pod => pod.metadata.uid)
  traffic.harm(pods)
  await machines.switchOff(node)
  // And those that came there just before.
  traffic.harm(pods)
  stage.say(`${node} is off`)
  try {
    await mustSay(stage, 'the agent says so', new RegExp(`node ${node}`), 180_000)
    await workers.on(other, PODS, 180_000)
    stage.check(`its pods are made on ${other}`, true)
    stage.check(
      'those on it are not deleted: nobody knows',
      uids.every(uid => !workers.isTerminating(uid)),
    )
  } finally {
    await machines.switchOn(node)
    stage.say(`${node} boots`)
  }
  await place.kube('wait', '--for=condition=Ready', `node/${node}`, '--timeout=120s')
  await traffic.settled()
  stage.check('it comes back, and there are two pods in the end', await workers.exactly(PODS, 300_000))
}
