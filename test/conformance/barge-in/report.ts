/** The rows of a run: verdicts, signed errors, times to silence, and that all kinds of barge-in were met. */
import type { Report } from '#test/harness/report.ts'
import { CLASSES } from './classes.ts'
import { type Judgement, STOP_MS } from './judge.ts'

/** Of each kind, in a run of 200. */
const LEAST_OF_A_KIND = 5
const FULL_RUN = 200
const SHOWN_FAULTS = 12
/** Items of which few samples were heard may be told apart by nothing. */
const UNSURE_SHARE = 0.01
/** In percent. More, and the machine was no place to measure. */
const DISTURBED_SHARE = 35
/** Upper bounds of the histogram of signed errors, ms. */
const BINS = [-20, -15, -10, -5, -1, 0] as const

/** How many barge-ins can be judged. */
export function metOf(judgements: readonly Judgement[]): number {
  return judgements.flatMap(j => j.verdicts).filter(v => v.met && !v.disturbed).length
}

export function report(out: Report, judgements: readonly Judgement[], wanted: number): void {
  const all = judgements.flatMap(j => j.verdicts)
  const verdicts = all.filter(v => !v.disturbed)
  const items = judgements.flatMap(j => j.items)
  const met = verdicts.filter(v => v.met)
  const passed = met.filter(v => v.faults.length === 0 && v.cut.every(i => i.faults.length === 0))
  const noises = verdicts.filter(v => v.burst.kind === 'noise')
  const unheard = verdicts.filter(v => v.startedAt === null)
  out.row({ name: 'barge-ins judged', value: met.length, aim: `>= ${wanted}`, ok: met.length >= wanted })
  out.row({
    name: 'of them as they should be',
    value: passed.length,
    aim: `${met.length}`,
    ok: passed.length === met.length,
  })

  const stops = met.flatMap(v => v.stopMs ?? []).sort((a, b) => a - b)
  const aim = `<= ${STOP_MS}`
  out.row({
    name: 'speech_started → silence at the phone, p50',
    value: at(stops, 0.5),
    unit: 'ms',
    ok: stops.length > 0,
  })
  out.row({ name: '… p99', value: at(stops, 0.99), unit: 'ms', ok: stops.length > 0 })
  out.row({ name: `… max of ${stops.length}`, value: at(stops, 1), unit: 'ms', aim, ok: at(stops, 1) <= STOP_MS })

  const late = verdicts.flatMap(v => v.afterMs ?? []).sort((a, b) => a - b)
  out.note(`burst on the wire → speech_started, ms: p50 ${round(at(late, 0.5))}, max ${round(at(late, 1))}`)
  out.row({
    name: 'bursts not timed, packets were late around them',
    value: all.length - verdicts.length,
    aim: `<= ${DISTURBED_SHARE} % of ${all.length}`,
    ok: wanted < FULL_RUN || all.length - verdicts.length <= (DISTURBED_SHARE / 100) * all.length,
  })

  const unsure = items.filter(i => i.surelyHeardMs !== i.heardMs)
  out.row({
    name: 'items read to the sample',
    value: items.length - unsure.length,
    aim: `${items.length}, less 1 and 1 %`,
    ok: unsure.length <= 1 + items.length * UNSURE_SHARE,
  })
  for (const { mark, surelyHeardMs, heardMs, truncatedMs } of unsure)
    out.note(`item ${mark}: between ${surelyHeardMs} and ${heardMs} ms were heard; truncated: ${truncatedMs ?? 'no'}`)
  const cut = items.filter(i => i.truncatedMs !== null)
  const exact = cut.filter(i => i.surelyHeardMs === i.heardMs)
  const errors = exact.map(i => (i.truncatedMs ?? 0) - i.heardMs).sort((a, b) => a - b)
  const [least, most] = [at(errors, 0), at(errors, 1)]
  out.row({
    name: `truncated − heard of ${errors.length} items, least … most`,
    value: `${round(least)} … ${round(most)}`,
    unit: 'ms',
    aim: 'in (-20, 0]',
    ok: errors.length > 0 && least > -20 && most <= 0,
  })
  out.note(`truncated − heard, ms: ${histogram(errors)}`)
  out.row({
    name: 'items never heard, truncated to 0',
    value: cut.filter(i => i.heardMs === 0).length,
    ok: cut.every(i => i.heardMs > 0 || i.truncatedMs === 0),
  })
  const whole = judgements.reduce((sum, j) => sum + j.whole, 0)
  out.row({ name: 'items heard to their end, none truncated', value: whole, ok: whole > 0 })
  const told = met.flatMap(v => v.cut.map(i => (i.truncatedAt ?? 0) - (v.startedAt ?? 0))).sort((a, b) => a - b)
  out.row({ name: 'speech_started → provider is told, p50', value: at(told, 0.5), unit: 'ms', ok: true })
  out.row({
    name: `noises shorter than minSpeech: the agent went on`,
    value: noises.filter(v => v.faults.length === 0 && v.startedAt !== null).length,
    aim: `${noises.length}`,
    ok: noises.every(v => v.faults.length === 0 && v.startedAt !== null),
  })

  const least_ = Math.floor((LEAST_OF_A_KIND * wanted) / FULL_RUN)
  for (const name of CLASSES) {
    const n = met.filter(v => v.classes.includes(name)).length
    out.row({ name: `  ${name}`, value: n, aim: `>= ${least_}`, ok: n >= least_ })
  }
  out.note(
    `${verdicts.filter(v => v.startedAt !== null && !v.met && v.burst.kind === 'speech').length} bursts met a silent agent`,
  )

  const faults = [...judgements.flatMap(j => j.faults), ...verdicts.flatMap(v => v.faults)]
  out.row({ name: 'events without a verdict', value: unheard.length, aim: '0', ok: unheard.length === 0 })
  out.check('nothing else is wrong', faults.length === 0, faults.length === 0 ? '' : `${faults.length} faults`)
  for (const fault of faults.slice(0, SHOWN_FAULTS)) out.note(fault)
}

const at = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN

const round = (n: number): number => Math.round(n * 100) / 100

function histogram(errors: readonly number[]): string {
  let from = Number.NEGATIVE_INFINITY
  const parts = [...BINS, Number.POSITIVE_INFINITY].map(to => {
    const n = errors.filter(e => e > from && e <= to).length
    const text = `(${from}, ${to}]: ${n}`
    from = to
    return text
  })
  return parts.join('  ')
}
