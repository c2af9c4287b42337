/**
 * One report for every conformance, bench, soak and e2e command: a table for people while it runs, `--json FILE` for machines, and the
 * exit code. A row with `ok: false` is a missed must.
 */
import { writeFile } from 'node:fs/promises'
import { type Conditions, conditions } from './conditions.ts'

export interface Row {
  readonly name: string
  readonly value: number | string
  readonly unit?: string
  /** What it should be, in words: '<= 60', 'identical', '0'. Without one the row only informs. */
  readonly aim?: string
  readonly ok: boolean
}

export interface ReportFile {
  readonly title: string
  readonly conditions: Conditions
  readonly seconds: number
  readonly passed: number
  readonly failed: number
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
}

const NAME_WIDTH = 62

/** Rows of one run. Printed as they come, so that a long run can be watched. */
export class Report {
  readonly title: string
  readonly rows: Row[] = []
  readonly notes: string[] = []
  readonly #started = performance.now()
  readonly #print: (line: string) => void

  constructor(title: string, print: (line: string) => void = line => process.stdout.write(`${line}\n`)) {
    this.title = title
    this.#print = print
    print(`\n${title}`)
  }

  row(row: Row): void {
    this.rows.push(row)
    const value = typeof row.value === 'number' ? round(row.value) : row.value
    const unit = row.unit === undefined ? '' : ` ${row.unit}`
    const aim = row.aim === undefined ? '' : `  (aim ${row.aim})`
    this.#print(`  ${row.ok ? '✓' : '✗'} ${row.name.padEnd(NAME_WIDTH)} ${value}${unit}${aim}`)
  }

  /** A must that is either met or not; `detail` says what was seen. */
  check(name: string, ok: boolean, detail = ''): void {
    this.row({ name, value: detail === '' ? (ok ? 'ok' : 'failed') : detail, ok })
  }

  /** Something a reader must know to judge the figures: conditions, what was not measured. */
  note(text: string): void {
    this.notes.push(text)
    this.#print(`  · ${text}`)
  }

  get failed(): number {
    return this.rows.filter(r => !r.ok).length
  }

  /** Writes the JSON file if asked, prints the closing line and returns the exit code. An empty report is a failure. */
  async finish(jsonFile?: string): Promise<number> {
    const passed = this.rows.length - this.failed
    if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(this.#file(passed), null, 2)}\n`)
    if (this.rows.length === 0) this.#print('  ✗ nothing was checked')
    this.#print(`  ${passed} passed, ${this.failed} failed`)
    return this.failed > 0 || this.rows.length === 0 ? 1 : 0
  }

  #file(passed: number): ReportFile {
    return {
      title: this.title,
      conditions: conditions(),
      seconds: Math.round((performance.now() - this.#started) / 100) / 10,
      passed,
      failed: this.failed,
      rows: this.rows,
      notes: this.notes,
    }
  }
}

function round(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)
}
