/** Problems as a person reads them: place, words, the line itself, and what to write. */
import type { Problem } from '#crds/problem.ts'

/** Paints text for a terminal; every member may be the identity. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  readonly blue: (text: string) => string
  readonly dim: (text: string) => string
}

const plain = (text: string): string => text
export const NO_PAINT: Paint = { bold: plain, red: plain, yellow: plain, blue: plain, dim: plain }

/** The longest line of a manifest that is shown whole. */
const WIDTH = 120

/**
 * One problem.
 * @param line the text of the line it is in; without it only the words are shown.
 */
export function renderProblem(problem: Problem, line: string | undefined, paint: Paint = NO_PAINT): string {
  const { severity, code, file, path, message, fix } = problem
  const colour = severity === 'error' ? paint.red : paint.yellow
  const place = paint.bold(`${file}:${problem.line}:${problem.column}`)
  const about = path === '' ? '' : `${path}: `
  const head = `${place} ${colour(severity)} ${about}${paint.bold(message)} ${paint.dim(`[${code}]`)}`
  if (line === undefined || line.trim() === '' || problem.hidden)
    return fix === '' ? `${head}\n` : `${head}\n  ${paint.blue('=')} ${fix}\n`
  const number = String(problem.line)
  const margin = ' '.repeat(number.length)
  const start = problem.column - 1
  const from = start > WIDTH - 20 ? start - 20 : 0
  const shown = line.slice(from, from + WIDTH).replaceAll('\t', ' ')
  const length = Math.max(1, Math.min(problem.endColumn - problem.column, shown.length - (start - from)))
  const marks = `${' '.repeat(start - from)}${'^'.repeat(length)}`
  const bar = paint.blue('|')
  return `${head}\n${paint.blue(number)} ${bar} ${shown}\n${margin} ${bar} ${`${colour(marks)} ${fix}`.trimEnd()}\n`
}

/** What was checked and how it went, in one line. */
export function renderSummary(objects: number, files: number, problems: readonly Problem[]): string {
  const errors = problems.filter(p => p.severity === 'error').length
  const warnings = problems.length - errors
  const checked = `${count(objects, 'sound object')} in ${count(files, 'file')}`
  const found = [errors > 0 && count(errors, 'error'), warnings > 0 && count(warnings, 'warning')].filter(Boolean)
  return found.length === 0 ? `${checked}, no problems` : `${checked}; ${found.join(', ')}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
