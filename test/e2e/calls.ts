/** From charts and manifests to conversations: what `make e2e` shows. */
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from '#test/cluster/progress.ts'
import { runCollector } from './collector.ts'
import { ANSWER, GREETING, SHORT } from './conversation.ts'
import { followWorkers } from './followed-workers.ts'
import { dial, dialBaresip } from './phones.ts'
import { inPlace } from './place.ts'
import { AGENT, applyExample, installCharts } from './release.ts'
import { judgeTrace } from './traces.ts'

export const WORKERS = ['-n', AGENT.namespace, '-l', `switchboard.dev/agent=${AGENT.name}`]

const READY_S = 120
/** Of the example. */
const PODS = 2
const OUR_CALLERS = 4
const BARESIPS = 2
const BARESIP_S = 14
/** Spans are sent as they end; the Collector and the worker each wait for a few before they send. */
const TRACES_MS = 15_000

export const run = inPlace(async (place, report) => {
  const collector = await runCollector(place.host, say)
  await installCharts(place, collector.endpoint)
  say('charts are installed')
  await applyExample(place, READY_S)
  report.check('the example is applied and its agent Ready', true)
  const workers = followWorkers(place, WORKERS)
  try {
    const spread = Math.min(PODS, place.nodes.length)
    await workers.until(PODS, spread, READY_S * 1000)
    console.log(await place.kube('get', 'voiceagents', '-A'))
    const calls = [
      ...Array.from({ length: OUR_CALLERS }, () => ({ phone: 'our caller', call: dial(place, SHORT) })),
      ...Array.from({ length: BARESIPS }, () => ({
        phone: 'baresip',
        call: dialBaresip(place, 'ask', [GREETING, ANSWER], BARESIP_S),
      })),
    ]
    const nodes = new Set<string>()
    for (const { phone, call } of calls) {
      const { ok, detail } = await call.done
      const node = workers.nodeOf(call.from)
      nodes.add(node)
      report.check(`${phone} holds a conversation with a pod on ${node}`, ok, detail)
    }
    if (spread > 1) report.check('calls were on both nodes', nodes.size === spread, [...nodes].toSorted().join(', '))
    else report.note('not run: calls on pods of two nodes, for one alone takes pods here')
    for (const { phone, call } of calls) {
      const callId = place.routed().findLast(routed => routed.from === call.from)?.callId ?? ''
      await collector.call(callId, TRACES_MS).catch(() => [])
      await sleep(500)
      const { ok, detail } = judgeTrace(collector.spans, callId)
      report.check(`one trace of a call of ${phone}`, ok, detail)
    }
    console.log(await place.kube('get', 'voiceagents', '-A'))
  } finally {
    await workers.stop()
    await collector.close()
  }
})
