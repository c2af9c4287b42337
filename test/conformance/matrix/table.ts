/** The matrix as it is printed, and as docs/conformance.md has it: a line for each scenario, a column for each cell. */
import type { Verdict } from './column.ts'
import type { Field } from './stage.ts'

export const inMs = (all: readonly number[]): string => all.map(ms => Math.round(ms)).join(', ')

const FIGURES: readonly (readonly [string, (verdict: Verdict) => readonly number[] | undefined])[] = [
  ['caller known to speak → silence, ms', verdict => verdict.silenceMs],
  ['caller’s first sound → silence, ms', verdict => verdict.mouthMs],
  ['told − heard, ms', verdict => verdict.errorsMs],
]

export function tableOf(judged: ReadonlyMap<Field, Verdict>): string[] {
  const fields = [...judged.keys()]
  const cells = [...new Set(fields.map(cellName))]
  const line = (head: string, say: (verdict: Verdict) => string, column: string): string => {
    const own = fields.filter(field => field.column.name === column)
    const told = cells.map(cell => {
      const field = own.find(one => cellName(one) === cell)
      const verdict = field === undefined ? undefined : judged.get(field)
      return verdict === undefined ? '' : say(verdict)
    })
    return `| ${[head, ...told].join(' | ')} |`
  }
  const lines = [...new Set(fields.map(({ column }) => column.name))].flatMap(column => {
    const figures = FIGURES.filter(([, of]) =>
      fields.some(f => f.column.name === column && of(judged.get(f) ?? NONE)?.length),
    )
    return [
      line(column, ({ faults, says }) => (faults.length === 0 ? `✓ ${says}` : '✗'), column),
      ...figures.map(([head, of]) => line(`&nbsp; ${head}`, verdict => inMs(of(verdict) ?? []), column)),
    ]
  })
  return [`| | ${cells.join(' | ')} |`, `|---|${cells.map(() => '---|').join('')}`, ...lines]
}

const NONE: Verdict = { faults: [], says: '' }

const cellName = ({ caller, provider }: Field): string => `${caller} × ${provider.name}`
