/**
 * Two tools apply the same agents every five seconds, one client-side, one server-side with force, while calls are up: nobody fights, no call notices.
 * `--seconds 120`; `--fight yes` lets the tools disagree, to see that it is found.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from '#test/cluster/progress.ts'
import type { Report } from '#test/harness/report.ts'
import type { Asked } from './audit-log.ts'
import { WORKERS } from './calls.ts'
import { comes } from './comes.ts'
import { long } from './conversation.ts'
import { exampleFor } from './example.ts'
import { followWorkers } from './followed-workers.ts'
import { historyOf } from './gitops/judge.ts'
import { openWatches, type Watched } from './gitops/watch.ts'
import { applyOnce, startWriters, type Writers } from './gitops/writers.ts'
import { dial } from './phones.ts'
import { inPlace, type Place } from './place.ts'
import { AGENT, applyExample, installCharts, SYSTEM } from './release.ts'

const READY_S = 120
const PODS = 2
const CALLS = 5
const GROUP = '/apis/switchboard.dev/v1alpha1'
const OPERATOR = `system:serviceaccount:${SYSTEM}:switchboard-operator`
const QUIETLY = 'the operator writes nothing but counters and its Lease'
/** What the operator writes while nobody changes anything: what it counts, and that it is there. */
const QUIET = new Set(['voiceagents/status', 'voiceagentrevisions/status', 'siptrunks/status', 'leases'])

export const run = inPlace(async (place, report, options) => {
  const seconds = Number(options['seconds'] ?? 120)
  const example = exampleFor(place)
  await installCharts(place, `http://${place.host}:4318`)
  await applyExample(place, READY_S)
  const workers = followWorkers(place, WORKERS)
  const folder = mkdtempSync(join(tmpdir(), 'gitops-'))
  const watches = await openWatches(place.kube)
  try {
    await settle(place, [example])
    await workers.until(PODS, 1, READY_S * 1000)
    const calls = Array.from({ length: CALLS }, () => dial(place, long(seconds)))
    const up = (): Promise<boolean> => Promise.resolve(calls.every(call => call.output().includes('"type":"answered"')))
    await comes(up, 60_000, `${CALLS} calls are up`)
    const routed = place.routed().length
    say(`${CALLS} calls are up`)
    const watched = {
      agents: await watches.watch(`${GROUP}/voiceagents`),
      trunks: await watches.watch(`${GROUP}/siptrunks`),
      revisions: await watches.watch(`${GROUP}/voiceagentrevisions`),
      pods: await watches.watch(`/api/v1/namespaces/${AGENT.namespace}/pods`),
    }
    const since = Date.now()
    const theirs = options['fight'] === undefined ? [example] : [disagreeing(example, folder)]
    const writers = startWriters(place.kube, { 'client-side': [example], 'server-side': theirs })
    await sleep(seconds * 1000)
    await writers.stop()
    const until = Date.now()
    wrote(report, writers, seconds)
    for (const [kind, of] of Object.entries({ VoiceAgent: watched.agents, SipTrunk: watched.trunks }))
      fights(report, kind, of)
    stays(report, 'revision', watched.revisions)
    stays(report, 'pod', watched.pods)
    const asked = await place.machines?.readAudit(OPERATOR)
    if (asked === undefined) report.note(`not run: ${QUIETLY}, for it takes the audit log of the API server`)
    else
      quiet(
        report,
        asked.filter(({ at }) => at >= since && at <= until),
      )
    for (const call of calls) {
      const { carried, detail } = await call.done
      report.check(
        `a call on ${workers.podOf(call.from)?.metadata.name} goes on to its end`,
        carried,
        detail.slice(0, 170),
      )
    }
    const moved = place.routed().length - routed
    report.check('no call was moved', moved === 0, `${moved} calls were sent anywhere again`)
  } finally {
    await watches.close()
    await workers.stop()
    rmSync(folder, { recursive: true })
  }
})

/** The first round of each tool takes its share of the fields; the operator follows whatever a run before this one has left. */
async function settle({ kube }: Place, files: readonly string[]): Promise<void> {
  for (let i = 0; i < 2; i++) await applyOnce(kube, files)
  const agent = ['voiceagent', AGENT.name, '-n', AGENT.namespace]
  await kube('wait', '--for=condition=Reconciling=False', ...agent, `--timeout=${READY_S}s`)
  await kube('wait', '--for=condition=RollingOut=False', ...agent, `--timeout=${READY_S}s`)
  const pods = async (): Promise<number> => (await kube.get<object[]>('pods', ...WORKERS)).length
  await comes(async () => (await pods()) === PODS, 2 * READY_S * 1000, 'pods of before are gone')
}

/** The same agent with another value. */
function disagreeing(example: string, folder: string): string {
  const file = join(folder, 'reception.yaml')
  const text = readFileSync(join(example, 'reception.yaml'), 'utf8')
  writeFileSync(file, text.replace('clinic: Acme Dental', 'clinic: Another Dental'))
  return file
}

function wrote(report: Report, { rounds, failed }: Writers, seconds: number): void {
  // A busy machine may take a while for each.
  for (const [tool, count] of Object.entries(rounds))
    report.check(`the ${tool} tool applied again and again`, count >= Math.max(2, seconds / 15), `${count} times`)
  report.check('no apply was refused', failed.length === 0, failed[0] ?? '')
}

function fights(report: Report, kind: string, { objects, broken }: Watched): void {
  report.check(
    `${kind}s were watched all the time`,
    broken === null && objects.size > 0,
    broken ?? `${objects.size} objects`,
  )
  for (const states of objects.values()) {
    const { name, writes, notes, changed, faults } = historyOf(states)
    const of = [...(notes > 0 ? [`kubectl’s own note (${notes})`] : []), ...changed].toSorted()
    const only = of.length === 0 ? '' : `, of ${of.join(', ')}`
    report.check(
      `nobody fights over ${kind} ${name}`,
      faults.length === 0,
      faults.join('; ').slice(0, 300) || `${writes} writes${only}`,
    )
  }
}

/** None is made, none goes, none is another: by their uids. */
function stays(report: Report, what: string, { objects, born, deleted, broken }: Watched): void {
  const going = [...objects.values()].filter(states => states.some(({ metadata }) => 'deletionTimestamp' in metadata))
  const gone = new Set([...deleted, ...going.map(([first]) => first?.metadata.name ?? '')])
  const calm = broken === null && gone.size === 0 && born.length === 0 && objects.size > 0
  const detail = broken ?? `${objects.size - born.length} there, ${born.length} new, ${gone.size} gone`
  report.check(`no ${what} is replaced`, calm, detail)
}

function quiet(report: Report, asked: readonly Asked[]): void {
  const writes = asked.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))
  const loud = writes.filter(({ resource }) => !QUIET.has(resource))
  const counts = new Map<string, number>()
  for (const { verb, resource } of writes)
    counts.set(`${verb} ${resource}`, (counts.get(`${verb} ${resource}`) ?? 0) + 1)
  const words = [...counts].map(([what, count]) => `${what} ×${count}`).join(', ')
  report.check(QUIETLY, loud.length === 0, words || 'nothing')
}
