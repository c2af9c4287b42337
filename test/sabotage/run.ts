/**
 * Breaks a copy of the tree in one place, runs the check that guards it, and wants it red for the right reason; and wants each check green
 * on an unbroken copy, without which red means nothing.
 */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { apply, type Break } from './break.ts'
import { breaks } from './breaks/all.ts'
import { type Check, tests } from './check.ts'
import { alone, type Outcome, runCheck } from './run-check.ts'
import { Trees } from './tree.ts'

/** Two that compute keep two cores busy; those that mostly wait come on top. */
const JOBS = { busy: 2, waits: 3 }
const SHOWN_LINES = 15
const SHOWN_CHARS = 90

export async function run(report: Report, options: Options): Promise<void> {
  const wanted = options['only']?.split(',')
  for (const name of wanted ?? []) if (!breaks.some(b => b.name === name)) report.check(name, false, 'no such break')
  const chosen = breaks.filter(b => wanted === undefined || wanted.includes(b.name))
  const trees = await Trees.take(options['at'])
  // Calls of two suites that share a network may meet on a port: then everything goes one by one.
  const busy = new Lane(alone ? Number(options['jobs'] ?? JOBS.busy) : 1)
  const waits = alone ? new Lane(JOBS.waits) : busy
  const laneOf = (check: Check): Lane => (check.needs === 'waits' ? waits : busy)
  const firsts: Promise<unknown>[] = []
  const last = new Lane(1)
  /** What a busy machine may have spoilt is run once more, alone, when all else is done. */
  const decide = async <T>(check: Check, run: () => Promise<T>, spoilt: (outcome: T) => boolean): Promise<T> => {
    const first = laneOf(check).run(run)
    firsts.push(first)
    const outcome = await first
    if (!spoilt(outcome)) return outcome
    await Promise.allSettled(firsts)
    report.note(`${label(check)}: once more, alone`)
    return last.run(run)
  }
  const baselines = baselinesOf(chosen).map(check => ({
    check,
    outcome: decide(
      check,
      () => inCopy(trees, check),
      ({ green }) => !green,
    ).then(outcome => {
      report.check(`unbroken: ${label(check)}`, outcome.green, `${outcome.green ? 'green' : 'red'}, ${time(outcome)}`)
      if (!outcome.green) tell(report, outcome)
      return outcome
    }),
  }))
  const broken = chosen.map(async b => {
    const outcome = await decide(
      b.caughtBy,
      () => inCopy(trees, b.caughtBy, b),
      end => typeof end !== 'string' && end.timedOut,
    )
    const baseline = baselines.find(({ check }) => covers(check, b.caughtBy))
    judge(report, b, outcome, baseline !== undefined && isGreen(b, await baseline.outcome))
  })
  await Promise.all([...baselines.map(b => b.outcome), ...broken])
}

function judge(report: Report, b: Break, outcome: Outcome | string, baselineGreen: boolean): void {
  if (typeof outcome === 'string') return report.check(b.name, false, `cannot be broken: ${outcome}`)
  const named = outcome.failures.find(failure => b.expect.test(failure))
  const by = `${b.caughtBy.name}, ${time(outcome)}`
  if (!baselineGreen) return report.check(b.name, false, `${by}: red without the break too`)
  if (named !== undefined && !outcome.green) return report.check(b.name, true, `${by}: ${shown(named)}`)
  const why = outcome.green ? 'NOT NOTICED' : outcome.timedOut ? 'did not end' : 'red, but not for this'
  report.check(b.name, false, `${by}: ${why}`)
  report.note(`${b.name}: ${b.about}; expected ${String(b.expect)} among the failures`)
  if (!outcome.green) tell(report, outcome)
}

/** Each check once; those that are tests together, for what they share is most of their time. */
function baselinesOf(chosen: readonly Break[]): Check[] {
  const checks = new Map(chosen.map(b => [b.caughtBy.name, b.caughtBy]))
  const rest = [...checks.values()].filter(c => c.tests === undefined)
  const groups = Map.groupBy(
    chosen.map(b => b.caughtBy).filter(c => c.tests !== undefined),
    groupOf,
  )
  const together = [...groups.values()].map(group => {
    const files = new Set(group.flatMap(c => c.tests ?? []))
    const names = new Set(group.flatMap(c => c.named ?? []))
    return tests([...files], names.size > 0 ? [...names].join('|') : undefined, group[0]?.needs)
  })
  return [...rest, ...together]
}

/** Tests that are run green in one go. */
function groupOf({ needs, named }: Check): string {
  return `${needs} ${named === undefined ? 'files' : 'tests'}`
}

/** Whether the run of `whole` is also one of `part`. */
function covers(whole: Check, part: Check): boolean {
  if (whole.tests === undefined || part.tests === undefined) return whole.name === part.name
  return groupOf(whole) === groupOf(part)
}

/** Whether what is to fail in a broken tree does not fail in an unbroken one, whatever else fails there. */
function isGreen({ expect }: Break, { green, failures }: Outcome): boolean {
  return green || (failures.length > 0 && !failures.some(failure => expect.test(failure)))
}

async function inCopy(trees: Trees, check: Check): Promise<Outcome>
async function inCopy(trees: Trees, check: Check, broken: Break): Promise<Outcome | string>
async function inCopy(trees: Trees, check: Check, broken?: Break): Promise<Outcome | string> {
  const tree = await trees.copy()
  try {
    if (broken !== undefined) await apply(broken, tree)
    return await runCheck(check, tree)
  } catch (error) {
    if (broken === undefined) throw error
    return error instanceof Error ? error.message : String(error)
  } finally {
    await trees.discard(tree)
  }
}

/** The part of a failure that tells most: the test's name, or the row's. */
function shown(failure: string): string {
  const text = failure.split(' > ').slice(1).join(' > ').replaceAll(/\s+/g, ' ') || failure.replaceAll(/\s+/g, ' ')
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}

function label(check: Check): string {
  if (check.tests === undefined) return check.name
  return `${check.named === undefined ? '' : 'some of '}${check.tests.length} files of ${check.needs} tests`
}

function time({ seconds }: Outcome): string {
  return `${seconds.toFixed(1)} s`
}

function tell(report: Report, { failures, output }: Outcome): void {
  const lines = failures.length > 0 ? failures : output.trim().split('\n')
  for (const line of lines.slice(-SHOWN_LINES)) report.note(line)
}

/** Runs so many at a time, in the order of asking. */
class Lane {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(places: number) {
    this.#free = Math.max(1, places)
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}
