/** `npm run conformance -- transfer`: callers are handed to a person, and both sides say what they heard. */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { runBridged } from './bridged.ts'

export async function run(report: Report, options: Options): Promise<void> {
  await runBridged(report, options['case'])
}
