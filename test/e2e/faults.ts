/** What Kubernetes and people do to a fleet while calls are up: an outcome per line. `--only NAME` runs one of them. */
import { say } from '#test/cluster/progress.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { WORKERS } from './calls.ts'
import { runCollector } from './collector.ts'
import { agentDeleted } from './faults/agent-deleted.ts'
import { containerKilled } from './faults/container-killed.ts'
import { openEvictions } from './faults/evictions.ts'
import { nodeDrained } from './faults/node-drained.ts'
import { operatorKilled } from './faults/operator-killed.ts'
import { podDeleted } from './faults/pod-deleted.ts'
import type { Stage } from './faults/stage.ts'
import { followWorkers } from './followed-workers.ts'
import { openPlace } from './place.ts'
import { applyExample, installCharts } from './release.ts'

const READY_S = 120
/** Of the example. */
const PODS = 2

/** In this order; the last leaves no agent. */
const FAULTS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'pod-deleted': podDeleted,
  'container-killed': containerKilled,
  'operator-killed': operatorKilled,
  'node-drained': nodeDrained,
  'agent-deleted': agentDeleted,
}

export async function run(report: Report, options: Options): Promise<void> {
  const only = options['only']
  if (only !== undefined && !(only in FAULTS))
    throw new Error(`there is no fault "${only}": ${Object.keys(FAULTS).join(', ')}`)
  const place = await openPlace()
  const collector = await runCollector(place.host, say)
  await installCharts(place, collector.endpoint)
  const workers = followWorkers(place, WORKERS)
  const evictions = await openEvictions(place)
  try {
    for (const [name, fault] of Object.entries(FAULTS)) {
      if (only !== undefined && only !== name) continue
      await applyExample(place, READY_S)
      // After a drain they may well be on one node: nothing moves pods back.
      await workers.until(PODS, 1, READY_S * 1000)
      say(name)
      try {
        await fault({ place, report, workers, evictions })
      } catch (error) {
        report.check(name, false, error instanceof Error ? error.message : String(error))
      }
    }
  } finally {
    await evictions.close()
    await workers.stop()
    await collector.close()
  }
}
