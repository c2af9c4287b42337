/** `kubectl drain` of a node with calls on it: none is dropped, and the drain ends. */
import type { Pod } from '../kube.ts'
import { SYSTEM } from '../release.ts'
import { longCalls, type Stage } from './stage.ts'

export async function nodeDrained(stage: Stage): Promise<void> {
  const { place, workers, report } = stage
  const [simulator] = await place.kube.get<Pod[]>('pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=simulator')
  const calls = await longCalls(stage, 60)
  // The simulated provider is one pod, and no part of this.
  const victim = calls.pods.find(pod => pod.spec.nodeName !== simulator?.spec.nodeName)
  const node = victim?.spec.nodeName ?? ''
  const drain = place.kube.start(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'])
  try {
    await calls.judge()
    const code = await drain.exited
    const lines = drain.output().trim().split('\n')
    report.check(`the drain of ${node} ends`, code === 0, code === 0 ? 'exit 0' : (lines.at(-1) ?? ''))
    const refused = lines.filter(line => line.includes('error when evicting')).length
    report.check('it had to wait for the calls', refused > 0, `refused ${refused} times`)
    const left = await place.kube.get<Pod[]>(
      'pods',
      '-A',
      `--field-selector=spec.nodeName=${node}`,
      '-l',
      'switchboard.dev/agent',
    )
    report.check(`no worker is left on ${node}`, left.length === 0, `${left.length}`)
  } finally {
    await drain.stop()
    await place.kube('uncordon', node)
  }
  await workers.until(2, 1, 120_000)
}
