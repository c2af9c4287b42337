/** `kubectl drain` of a node with calls on it: none is dropped, and the drain ends. */
import type { Pod } from '../kube.ts'
import { type Stage, victimNode } from './stage.ts'

export async function nodeDrained(stage: Stage): Promise<void> {
  const { place } = stage
  const { node } = await victimNode(stage)
  const drain = place.kube.start(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'])
  try {
    const code = await drain.exited
    const lines = drain.output().trim().split('\n')
    stage.check(`the drain of ${node} ends`, code === 0, code === 0 ? 'exit 0' : (lines.at(-1) ?? ''))
    const refused = lines.filter(line => line.includes('error when evicting')).length
    stage.check('it had to wait for the calls', refused > 0, `refused ${refused} times`)
    const at = `--field-selector=spec.nodeName=${node}`
    const left = await place.kube.get<Pod[]>('pods', '-A', at, '-l', 'switchboard.dev/agent')
    stage.check(`no worker is left on ${node}`, left.length === 0, `${left.length}`)
  } finally {
    await drain.stop()
    await place.kube('uncordon', node)
  }
}
