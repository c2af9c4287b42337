/** A call to be made, and what is said of it. */
import type { Report } from '#test/harness/report.ts'
import type { Made, Wanted } from './call.ts'

export interface Scenario {
  readonly name: string
  readonly wanted: Wanted
  readonly judge: (made: Made, report: Report) => void
}
