/**
 * The operator with a thousand agents and more, on a real API server with kwok nodes: how long until all are Ready, what it writes, what it costs,
 * and how it comes back; beside the same pods made by Deployments in the same run.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { buildBundles } from '#test/image/build.ts'
import { cpuMs, rssMiB } from '#test/measure/process-stat.ts'
import { Audit, sum } from './audit.ts'
import { type Baseline, measureDeployments } from './deployments.ts'
import { AGENTS, BUDGETS, makeAgents, makeRoom } from './load.ts'
import { type OperatorProcess, startOperator, startWorkers, type Workers } from './processes.ts'
import { type Stage, setStage } from './stage.ts'
import { workerTemplate } from './template.ts'
import { countWhere, reachedAloud } from './watch.ts'

const AIM = { writes: 10, cpuMs: 4, rssMiB: 300, ratio: 1.5 }
const LEADS_MS = 60_000
/** Nothing more is written for so long: it is over. */
const QUIET_MS = 5000
const LOOK_MS = 500
const IDLE_S = 20
/** An empty pod is marked after so long, once, as one that may go with its node (`operator/fleets/marks.ts`). */
const MARKED_AFTER_MS = 600_000
const OPERATOR = 'switchboard-operator'
/** Each controller of the controller manager has a client, and a limit, of its own. The operator does the work of two: of Deployments and of ReplicaSets. */
const CONTROLLERS = 2

/** `--agents` one number, or several: each is a run of its own, on an API server of its own. */
export async function run(report: Report, options: Options): Promise<void> {
  for (const agents of (options['agents'] ?? '1000').split(',').map(Number)) await runWith(agents, report, options)
}

async function runWith(agents: number, report: Report, options: Options): Promise<void> {
  if (!Number.isInteger(agents) || agents < 1) throw new Error('--agents: write numbers, as 1000 or 1000,10000')
  const qps = Number(options['qps'] ?? 100)
  const profile = options['profile']
  const beside = options['deployments'] !== 'no'
  const say = (line: string): void => report.note(line)
  report.note(
    `${agents} agents of one pod each; every controller of the controller manager and the scheduler may ask ${qps} times a second, the operator ${CONTROLLERS * qps} times`,
  )
  const patienceMs = 120_000 + agents * 600
  const stage = await setStage(agents, qps, say)
  const bundle = join(stage.folder, 'bundle')
  await buildBundles(process.cwd(), bundle)
  const workers = await startWorkers()
  try {
    await makeRoom(stage.server.client, agents)
    const baseline = beside
      ? await measureDeployments(
          report,
          stage,
          agents,
          await workerTemplate(stage, bundle, CONTROLLERS * qps),
          patienceMs,
        )
      : null
    if (baseline === null) report.note('without Deployments: nothing is said of how much time and CPU these would take')
    const own = (options['node'] ?? '').split(',').filter(flag => flag !== '')
    const flags = [...own, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])]
    if (profile !== undefined) mkdirSync(profile, { recursive: true })
    const operator = await startOperator(stage, bundle, CONTROLLERS * qps, flags)
    await operator.leads(LEADS_MS)
    const bench = { bundle, report, stage, workers, agents, operator, audit: new Audit(stage.audit) }
    const began = performance.now()
    await bringUp(bench, baseline, patienceMs)
    await idle(bench, performance.now() - began)
    await operator.stop()
    await restart(bench, CONTROLLERS * qps, patienceMs)
  } finally {
    workers.close()
    await stage.close()
  }
}

interface Bench {
  readonly bundle: string
  readonly report: Report
  readonly stage: Stage
  readonly workers: Workers
  readonly agents: number
  readonly operator: OperatorProcess
  readonly audit: Audit
}

async function bringUp(
  { report, stage, agents, operator, audit }: Bench,
  baseline: Baseline | null,
  patienceMs: number,
): Promise<void> {
  const { access, client } = stage.server
  const ready = countWhere(
    access,
    AGENTS,
    agent => agent.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') === true,
  )
  const kept = countWhere(access, BUDGETS, ({ metadata, status }) => {
    if (status?.observedGeneration !== metadata.generation) return false
    return status.expectedPods === 1 && status.currentHealthy === 1 && status.disruptionsAllowed === 0
  })
  await audit.writesOf(OPERATOR)
  const [began, cpu, served] = [performance.now(), cpuMs(operator.pid), cpuMs(stage.server.pid)]
  await makeAgents(client, agents)
  const madeS = (performance.now() - began) / 1000
  const readyAt = await reachedAloud(ready, agents, patienceMs, count =>
    report.note(`${count} of ${agents} agents are Ready`),
  )
  const keptAt = await kept.reached(agents, patienceMs)
  const { writes, cpuMs: after } = await untilQuiet(audit, operator)
  const serverMs = (cpuMs(stage.server.pid) - served) / agents
  await ready.close()
  await kept.close()

  const readyS = (readyAt - began) / 1000
  report.row({ name: 'all agents are applied', value: madeS, unit: 's', ok: true })
  report.row({ name: 'all agents are Ready', value: readyS, unit: 's', ok: true })
  const behindS = Math.max(0, (keptAt - readyAt) / 1000)
  report.row({ name: 'every budget counts its pod, after the last is Ready', value: behindS, unit: 's', ok: true })
  const turns = (await operator.figure(/^switchboard_operator_reconcile_time_seconds_count/)) / agents
  report.row({ name: 'turns of an agent until it rests', value: turns, ok: true })
  const each = sum(writes) / agents
  report.row({ name: 'writes per agent', value: each, aim: `<= ${AIM.writes}`, ok: each <= AIM.writes })
  tell(report, writes, agents)
  const cost = (after - cpu) / agents
  report.row({
    name: 'CPU of the operator per agent',
    value: cost,
    unit: 'ms',
    aim: `<= ${AIM.cpuMs}`,
    ok: cost <= AIM.cpuMs,
  })
  report.row({ name: 'CPU of the API server per agent', value: serverMs, unit: 'ms', ok: true })
  if (baseline !== null) compare(report, baseline, { readyS, cost })
}

function compare(report: Report, { seconds, controllersMs }: Baseline, agents: { readyS: number; cost: number }): void {
  const ratio = agents.readyS / seconds
  report.row({
    name: 'beside Deployments of the same pods',
    value: ratio,
    unit: '× their time',
    aim: `<= ${AIM.ratio}`,
    ok: ratio <= AIM.ratio,
  })
  const times = agents.cost / controllersMs
  report.row({ name: 'beside the controller manager, for a Deployment', value: times, unit: '× its CPU', ok: true })
}

/** Nothing changes: nothing is written. Where it took ten minutes to come here, marks of empty pods are: said apart, and counted all the same. */
async function idle({ report, workers, agents, operator, audit }: Bench, sinceMs: number): Promise<void> {
  const [began, cpu] = [performance.now(), cpuMs(operator.pid)]
  await sleep(IDLE_S * 1000)
  const core = (cpuMs(operator.pid) - cpu) / (performance.now() - began)
  const writes = await audit.writesOf(OPERATOR)
  const marks = sinceMs < MARKED_AFTER_MS ? 0 : (writes.get('patch pods') ?? 0)
  report.row({ name: `writes in ${IDLE_S} s of idleness`, value: sum(writes), aim: '0', ok: sum(writes) === 0 })
  if (marks > 0) report.row({ name: 'of them marks of pods empty for ten minutes, once each', value: marks, ok: true })
  tell(report, writes, 1)
  report.row({ name: 'CPU when idle, with all load streams', value: core, unit: 'of a core', ok: true })
  const { streams } = await workers.counts()
  report.check('the load of every pod is followed', streams === agents, `${streams} streams`)
  const mib = rssMiB(operator.pid)
  const judged = agents <= 1000
  report.row({
    name: 'resident memory of the operator',
    value: mib,
    unit: 'MiB',
    ...(judged && { aim: `<= ${AIM.rssMiB}` }),
    ok: !judged || mib <= AIM.rssMiB,
  })
}

/** Another process takes over: in sync when it hears of every pod and has looked at every agent. */
async function restart(
  { bundle, report, stage, workers, agents, audit }: Bench,
  qps: number,
  patienceMs: number,
): Promise<void> {
  await audit.writesOf(OPERATOR)
  const began = performance.now()
  const operator = await startOperator(stage, bundle, qps)
  await operator.leads(LEADS_MS)
  const leadsS = (performance.now() - began) / 1000
  while (
    (await workers.counts()).streams < agents ||
    (await operator.figure(/^switchboard_operator_queue\{.*state="(ready|running)"/)) > 0
  ) {
    if (performance.now() - began > patienceMs) throw new Error('the operator is not in sync again')
    await sleep(100)
  }
  const syncS = (performance.now() - began) / 1000
  const used = cpuMs(operator.pid)
  const { writes } = await untilQuiet(audit, operator)
  report.row({ name: 'started again: it leads', value: leadsS, unit: 's', ok: true })
  report.row({ name: 'started again: in sync', value: syncS, unit: 's', ok: true })
  report.row({ name: 'started again: CPU until in sync, per agent', value: used / agents, unit: 'ms', ok: true })
  report.row({ name: 'started again: writes', value: sum(writes), aim: '0', ok: sum(writes) === 0 })
  tell(report, writes, 1)
  await operator.stop()
}

interface Settled {
  /** All since the audit was asked last. */
  readonly writes: ReadonlyMap<string, number>
  /** CPU of the operator when it had written the last of them. */
  readonly cpuMs: number
}

async function untilQuiet(audit: Audit, { pid }: OperatorProcess): Promise<Settled> {
  const writes = new Map<string, number>()
  let [cpu, quietSince] = [cpuMs(pid), performance.now()]
  while (performance.now() - quietSince < QUIET_MS) {
    const more = await audit.writesOf(OPERATOR)
    for (const [what, count] of more) writes.set(what, (writes.get(what) ?? 0) + count)
    if (more.size > 0) [cpu, quietSince] = [cpuMs(pid), performance.now()]
    await sleep(LOOK_MS)
  }
  return { writes, cpuMs: cpu }
}

function tell(report: Report, writes: ReadonlyMap<string, number>, per: number): void {
  for (const [what, count] of [...writes].toSorted(([, a], [, b]) => b - a))
    report.row({ name: `  ${what}`, value: count / per, ok: true })
}
