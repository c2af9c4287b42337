/** The rows of a run: false barge-ins, pauses and double talk, for each level and delay of echo. */
import type { Report } from '#test/harness/report.ts'
import type { JudgedCall } from './main.ts'
import { CONDITIONS } from './plan.ts'

/** From the caller's first sound over the echo to the agent's last. */
export const FOUND_MS = 800
const SHOWN = 10

export function tellEcho(out: Report, calls: readonly JudgedCall[], wantedMs: number, overs: number): void {
  for (const { db, delayMs } of CONDITIONS) {
    const own = calls.filter(c => c.echo.db === db && c.echo.delayMs === delayMs)
    const found = own.flatMap(c => c.doubleTalk).filter(isFound)
    const worst = Math.max(0, ...own.flatMap(c => c.doubleTalk.map(d => d.stopMs)))
    const [bad, wanted] = [sum(own, c => c.falseBargeIns.length), overs * own.length]
    out.row({
      name: `${db} dB, ${delayMs} ms: ${Math.round(sum(own, c => c.echoMs) / 1000)} s of echo, false barge-ins`,
      value: `${bad}, pauses ${sum(own, c => c.pauses.length)}, double talk ${found.length}/${wanted}, worst ${Math.round(worst)} ms`,
      aim: `0, all <= ${FOUND_MS} ms`,
      ok: bad === 0 && found.length === wanted,
    })
  }
  const seconds = sum(calls, c => c.echoMs) / 1000
  const bad = calls.flatMap(c => c.falseBargeIns)
  out.row({
    name: 'echo judged',
    value: seconds,
    unit: 's',
    aim: `>= ${wantedMs / 1000}`,
    ok: seconds * 1000 >= wantedMs,
  })
  out.row({ name: 'false barge-ins', value: bad.length, aim: '0', ok: bad.length === 0 })
  for (const why of bad.slice(0, SHOWN)) out.note(why)
  const pauses = calls.flatMap(c => c.pauses).sort((a, b) => a - b)
  out.row({
    name: 'provisional pauses by echo alone',
    value: pauses.length === 0 ? 0 : `${pauses.length}, longest ${pauses.at(-1)} ms`,
    ok: true,
  })
  const talk = calls.flatMap(c => c.doubleTalk)
  const [stops, told] = [talk.map(d => d.stopMs), talk.flatMap(d => d.toldMs ?? [])].map(a => a.sort((x, y) => x - y))
  out.row({
    name: 'real double talk found',
    value: talk.filter(isFound).length,
    aim: `${overs * calls.length}`,
    ok: talk.length === overs * calls.length && talk.every(isFound),
  })
  out.row({ name: '… first sound → silence, p50', value: at(stops ?? [], 0.5), unit: 'ms', ok: true })
  out.row({
    name: '… max',
    value: at(stops ?? [], 1),
    unit: 'ms',
    aim: `<= ${FOUND_MS}`,
    ok: at(stops ?? [], 1) <= FOUND_MS,
  })
  out.row({ name: '… first sound → provider is told, max', value: at(told ?? [], 1), unit: 'ms', ok: true })
  out.note(`${sum(calls, c => c.unheard)} responses of the provider to an echo were cancelled unheard`)
  const stallsMs = sum(calls, c => c.stallsMs)
  if (stallsMs > 0) out.note(`no packets came for ${Math.round(stallsMs)} ms in all: the machine was too busy`)
  const failed = calls.flatMap(c => c.failed.map(f => `${c.kind}, ${c.echo.db} dB, ${c.echo.delayMs} ms: ${f}`))
  out.check(
    'callers did all they were to do',
    failed.length === 0,
    failed.length === 0 ? '' : `${failed.length} missed`,
  )
  for (const what of failed.slice(0, SHOWN)) out.note(what)
}

const isFound = ({ stopMs, toldMs }: { stopMs: number; toldMs: number | null }): boolean =>
  stopMs <= FOUND_MS && toldMs !== null

const sum = <T>(of: readonly T[], value: (one: T) => number): number => of.reduce((total, one) => total + value(one), 0)

const at = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
