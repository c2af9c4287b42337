/** The cluster itself, before any operator: what it promises to all other suites. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CONTROL, NODES } from '#test/cluster/plan.ts'
import { say } from '#test/cluster/progress.ts'
import type { Report } from '#test/harness/report.ts'
import { runCollector } from './collector.ts'
import { ANSWER, GREETING, SHORT } from './conversation.ts'
import { followWorkers } from './followed-workers.ts'
import type { Pod } from './kube.ts'
import { dial, dialBaresip } from './phones.ts'
import { inPlace, type Place } from './place.ts'
import { NAMESPACE, plainPods, plainPolicy } from './plain-pods.ts'
import { outsideReaches, podReaches } from './reach.ts'
import { judgeTrace } from './traces.ts'

const BARESIP_S = 14
const SIP_PORT = 5060
const READY_MS = 120_000
const SELECT = ['-n', NAMESPACE, '-l', 'app=worker']

export const run = inPlace(async (place, report) => {
  const collector = await runCollector(place.host, say)
  await place.kube.apply(plainPods(place.image, collector.endpoint))
  await place.kube.apply(plainPolicy(place.host))
  const workers = followWorkers(place, SELECT)
  try {
    await workers.until(NODES.length, NODES.length, READY_MS)
    report.check('workers as plain pods are Ready on both nodes', true)
    await isolation(report, place, workers.ready)
    const calls = Array.from({ length: 2 }, () => [
      dial(place, SHORT),
      dialBaresip(place, 'ask', [GREETING, ANSWER], BARESIP_S),
    ]).flat()
    const nodes = new Set<string>()
    for (const call of calls) {
      const { ok, detail } = await call.done
      const node = workers.nodeOf(call.from)
      nodes.add(node)
      report.check(`a phone holds a conversation with a pod on ${node}`, ok, detail)
    }
    report.check('calls were on both nodes', nodes.size === NODES.length, [...nodes].join(', '))
    await sleep(2000)
    for (const call of calls) {
      const route = place.routed().findLast(routed => routed.from === call.from)
      const { ok, detail } = judgeTrace(collector.spans, route?.callId ?? '')
      report.check(`one trace of the call from ${call.from}`, ok, detail)
    }
  } finally {
    await workers.stop()
    await collector.close()
    if (process.env['KEEP'] === undefined) await place.kube('delete', 'namespace', NAMESPACE, '--wait=false')
  }
  // It judges this very cluster, and whoever brings it up.
}, 'machines')

/** Policies that nobody enforces prove nothing, and a phone that reaches pods proves nothing about the edge. */
async function isolation(report: Report, place: Place, pods: readonly Pod[]): Promise<void> {
  const inside = [...pods.map(pod => pod.status.podIP ?? ''), ...NODES.map(node => node.address), CONTROL.address]
  const reached = (await Promise.all(inside.map(address => outsideReaches(place, address, SIP_PORT)))).filter(Boolean)
  report.check('a phone reaches no pod and no node', reached.length === 0, `${reached.length} of ${inside.length}`)
  report.check('a phone reaches the edge', await outsideReaches(place, place.edge, SIP_PORT))
  for (const pod of pods) {
    const where = `a worker on ${pod.spec.nodeName}`
    report.check(`${where} reaches the provider by name`, await podReaches(place, pod, 'simulator', 8090))
    const denied = { 'the API server': [CONTROL.address, 6443], 'its own node': [addressOf(pod), 10_250] } as const
    for (const [whom, [address, port]] of Object.entries(denied))
      report.check(`${where} does not reach ${whom}`, !(await podReaches(place, pod, address, port)))
  }
}

function addressOf(pod: Pod): string {
  return NODES.find(({ node }) => node === pod.spec.nodeName)?.address ?? ''
}
