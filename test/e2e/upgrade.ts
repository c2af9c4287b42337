/**
 * From the previous version to this one and back, with calls up over every step and writes between: no call notices, no revision changes, and each
 * operator deals with the workers of the other. `--from REF` names another previous version.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { helm } from '#test/apiserver/binaries.ts'
import { say } from '#test/cluster/progress.ts'
import { WORKERS } from './calls.ts'
import { runCollector } from './collector.ts'
import { comes } from './comes.ts'
import { inPlace } from './place.ts'
import { applyExample, installCharts, removeAll, SYSTEM } from './release.ts'
import { openBusyFleet } from './traffic/busy-fleet.ts'
import { inTheEnd } from './traffic/window.ts'
import { comesTo, otherThan } from './upgrade/images.ts'
import { bringPrevious, previousVersion } from './upgrade/previous.ts'
import { removeProvider, runProvider } from './upgrade/provider.ts'
import { openSnapshots } from './upgrade/snapshots.ts'
import { removeOthers, writeAt } from './upgrade/writes.ts'

const READY_S = 120
/** Of the example. */
const PODS = 2
/** Up all the time; when some end, others begin. */
const CALLS = 8
/** Of them, those that begin before a step and outlast it, and what follows from it. */
const LONG = 2
const LONG_S = 140
/** After the last call, with the time in which a new leader lets outdated pods be. */
const REPLACED_MS = 300_000
const STAGES = ['before', 'after', 'back again'] as const
const OPERATORS = ['-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator']

export const run = inPlace(async (place, report, options) => {
  const previous = previousVersion(options['from'], say)
  const before = await bringPrevious(place, previous)
  report.note(`the previous version is ${previous.is}`)
  const collector = await runCollector(place.host, say)
  await removeAll(place)
  const provider = await runProvider(place)
  const then = { ...place, image: before }
  await installCharts(then, collector.endpoint, previous.tree)
  await applyExample(then, READY_S, previous.tree)
  const fleet = await openBusyFleet(place)
  const { workers, traffic } = fleet
  const snapshots = openSnapshots(place)

  const write = async (when: (typeof STAGES)[number]): Promise<void> => {
    const revision = await writeAt(place, when, provider)
    report.check(`${when}: what is written comes to serve`, true, revision)
    report.check(`${when}: a revision is made of it`, (await snapshots.take()).includes(revision), revision)
  }
  /** A step under calls: whoever has one stays, whatever program it runs, and all run the same in the end. */
  const step = async (name: string, when: (typeof STAGES)[number], image: string, work: () => Promise<unknown>) => {
    say(name)
    await workers.until(PODS, 1, READY_S * 1000)
    await traffic.keep(CALLS)
    const long = await traffic.long(LONG, LONG_S)
    const window = fleet.window()
    await work()
    report.check(`${name}: operators run it`, await comesTo(place, OPERATORS, image, READY_S * 1000))
    const others = await otherThan(place, WORKERS, image)
    const on = traffic.on(others).length
    report.check(
      `${name}: workers of the other version are there, with their calls`,
      on > 0,
      `${others.map(pod => pod.metadata.name).join(', ')}, ${on} calls`,
    )
    await write(when)
    await comes(async () => long.every(call => call.endedAt !== null), LONG_S * 2000, 'long calls are over')
    const carried = long.filter(call => call.lost === null).length
    report.check(
      `${name}: calls that began before it are carried to their end`,
      carried === LONG,
      `${carried} of ${LONG}`,
    )
    report.check(`${name}: all workers run it in the end`, await comesTo(place, WORKERS, image, REPLACED_MS, PODS))
    window.judge(report, name)
    const changed = await snapshots.changed()
    report.check(`${name}: ${snapshots.size} revisions are what they were`, changed.length === 0, changed.join(', '))
  }
  try {
    await workers.until(PODS, 1, READY_S * 1000)
    await write('before')
    await workers.exactly(PODS, READY_S * 1000)
    await step('upgrade', 'after', place.image, () => installCharts(place, collector.endpoint))
    const served = await definitions()
    await step('rollback', 'back again', before, () => rollBack(place.kubeconfig))
    report.check('the API is not rolled back with it', (await definitions()) === served)
    await traffic.over()
    report.check('no call is lost', ...inTheEnd(traffic))
    console.log(await place.kube('get', 'voiceagents,voiceagentrevisions', '-A'))
  } finally {
    await removeOthers(place, STAGES)
    await removeProvider(place)
    await fleet.close()
    await collector.close()
  }

  function definitions(): Promise<string> {
    const path = '{range .items[*]}{.metadata.name}{" "}{.metadata.generation}{"\\n"}{end}'
    return place.kube('get', 'crds', '-o', `jsonpath=${path}`)
  }
})

async function rollBack(kubeconfig: string): Promise<void> {
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  await promisify(execFile)(await helm(), ['rollback', 'switchboard', '-n', SYSTEM, '--wait', '--timeout=3m'], { env })
}
