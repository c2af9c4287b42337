/**
 * What Kubernetes, people and machines do to a fleet while calls are up. Calls go on from the first fault to the last, and every second their pods are asked
 * whether they may be evicted. `--only NAME[,NAME …]` runs some of them; `--nodes yes` those too that empty nodes, on a cluster of somebody else's.
 */
import { say } from '#test/cluster/progress.ts'
import type { Report } from '#test/harness/report.ts'
import { runCollector } from './collector.ts'
import { agentDeleted } from './faults/agent-deleted.ts'
import { apiServerGone } from './faults/api-server-gone.ts'
import { badImage } from './faults/bad-image.ts'
import { containerKilled } from './faults/container-killed.ts'
import { etcdCompacted } from './faults/etcd-compacted.ts'
import { forgedPod } from './faults/forged-pod.ts'
import { namespaceDeleted } from './faults/namespace-deleted.ts'
import { noExecute } from './faults/no-execute.ts'
import { nodeCut } from './faults/node-cut.ts'
import { nodeDrained } from './faults/node-drained.ts'
import { nodeStopped } from './faults/node-stopped.ts'
import { operatorKilled } from './faults/operator-killed.ts'
import { operatorsGone } from './faults/operators-gone.ts'
import { podDeleted } from './faults/pod-deleted.ts'
import { preempted } from './faults/preempted.ts'
import { secretMissing } from './faults/secret-missing.ts'
import { PODS, type Stage, spread } from './faults/stage.ts'
import { isGiven, notRun, type Takes } from './parts.ts'
import { inPlace, type Place } from './place.ts'
import { applyExample, installCharts } from './release.ts'
import { type BusyFleet, openBusyFleet } from './traffic/busy-fleet.ts'
import { inTheEnd } from './traffic/window.ts'

const READY_S = 120

interface Fault {
  readonly name: string
  readonly run: (stage: Stage) => Promise<void>
}

/** Faults that take place at the same time, for none is in another's way. */
interface Act {
  readonly faults: readonly Fault[]
  /** Calls that are up all the time: more where half of them are lost at once. */
  readonly calls: number
  /** There must be pods on both nodes. */
  readonly spread: boolean
}

const CALLS = 8
const act = (faults: Readonly<Record<string, Fault['run']>>, more: Partial<Act> = {}): Act => ({
  faults: Object.entries(faults).map(([name, run]) => ({ name, run })),
  calls: CALLS,
  spread: false,
  ...more,
})

/** What some of them take that not every cluster gives. */
const TAKES: Readonly<Record<string, Takes>> = {
  'container-killed': 'machines',
  'node-drained': 'nodes',
  'no-execute': 'nodes',
  preempted: 'nodes',
  'node-stopped': 'machines',
  'node-cut': 'machines',
  'etcd-compacted': 'machines',
  'api-server-gone': 'machines',
}

/** In an order in which one leaves what the next needs. */
const ACTS: readonly Act[] = [
  act({ 'pod-deleted': podDeleted, 'secret-missing': secretMissing }),
  act({ 'container-killed': containerKilled }, { calls: 2 * CALLS }),
  act({ 'forged-pod': forgedPod }),
  act({ 'operator-killed': operatorKilled }),
  act({ 'operators-gone': operatorsGone }),
  act({ 'bad-image': badImage }),
  act({ 'node-drained': nodeDrained }, { spread: true }),
  act({ 'agent-deleted': agentDeleted }),
  act({ 'no-execute': noExecute }, { spread: true }),
  act({ 'namespace-deleted': namespaceDeleted }),
  act({ preempted }, { spread: true }),
  // All of them must find room in the pod that is left.
  act({ 'node-stopped': nodeStopped }, { spread: true, calls: 1.5 * CALLS }),
  act({ 'node-cut': nodeCut }, { spread: true }),
  act({ 'etcd-compacted': etcdCompacted }),
  act({ 'api-server-gone': apiServerGone }),
]

export const run = inPlace(async (place, report, options) => {
  const asked = chosen(options['only'])
  const given = { machines: place.machines !== null, nodes: options['nodes'] !== undefined }
  const named = asked.flatMap(({ faults }) => faults).map(({ name }) => [name, TAKES[name]] as const)
  for (const sentence of notRun(Object.fromEntries(named), given)) report.note(sentence)
  const acts = only(asked, name => isGiven(TAKES[name], given))
  if (acts.length === 0) return
  const collector = await runCollector(place.host, say)
  await installCharts(place, collector.endpoint)
  const fleet = await openBusyFleet(place)
  const { traffic } = fleet
  const outcomes: Outcome[] = []
  try {
    for (const one of acts) outcomes.push(...(await play(one, place, fleet, report)))
    await traffic.over()
    for (const { name, ok, seconds } of outcomes)
      report.check(name, ok, `${ok ? 'as it should be' : 'not as it should be'}, ${seconds} s`)
    report.check('all calls but those where it happened', ...inTheEnd(traffic))
  } finally {
    await fleet.close()
    await collector.close()
  }
})

interface Outcome {
  readonly name: string
  readonly ok: boolean
  readonly seconds: number
}

async function play(
  { faults, calls, spread: both }: Act,
  place: Place,
  fleet: BusyFleet,
  report: Report,
): Promise<Outcome[]> {
  const { workers, traffic } = fleet
  const names = faults.map(({ name }) => name).join(', ')
  const stageOf = (name: string): Stage => ({
    place,
    workers,
    traffic,
    check: (what, ok, detail) => report.check(`${name}: ${what}`, ok, detail),
    say: line => say(`  ${name}: ${line}`),
  })
  const failedBefore = report.failed
  const beganAt = performance.now()
  const fails = (name: string, error: unknown): void =>
    report.check(`${name}: ran to its end`, false, error instanceof Error ? error.message : String(error))
  say(names)
  try {
    await applyExample(place, READY_S)
    await workers.until(PODS, 1, READY_S * 1000)
    await traffic.keep(calls)
    if (both) await spread(stageOf(names))
  } catch (error) {
    fails(names, error)
  }
  const window = fleet.window()
  await Promise.all(faults.map(({ name, run }) => run(stageOf(name)).catch((error: unknown) => fails(name, error))))
  window.judge(report, names)
  const seconds = Math.round((performance.now() - beganAt) / 1000)
  const own = (name: string): boolean => report.rows.every(row => row.ok || !row.name.startsWith(`${name}: `))
  const shared = report.failed === failedBefore || faults.length === 1 || own(names)
  return faults.map(({ name }) => ({ name, ok: own(name) && shared, seconds }))
}

/** @throws Error for a name that there is not */
function chosen(list: string | undefined): readonly Act[] {
  if (list === undefined) return ACTS
  const names = list.split(',')
  const known = ACTS.flatMap(({ faults }) => faults).map(({ name }) => name)
  const bad = names.filter(name => !known.includes(name))
  if (bad.length > 0) throw new Error(`there is no fault "${bad.join('", "')}": ${known.join(', ')}`)
  return only(ACTS, name => names.includes(name))
}

function only(acts: readonly Act[], wanted: (name: string) => boolean): readonly Act[] {
  return acts
    .map(one => ({ ...one, faults: one.faults.filter(({ name }) => wanted(name)) }))
    .filter(({ faults }) => faults.length > 0)
}
