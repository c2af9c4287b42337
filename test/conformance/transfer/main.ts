/** `npm run conformance -- transfer`: callers are handed to a person, and both sides say what they heard. */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { runBridged } from './bridged.ts'
import { runCredentials } from './credentials.ts'
import { runDialled } from './dialled.ts'
import { runDialledSlowly } from './dialled-slowly.ts'
import { runFallback, runReferred, runSilent } from './referred.ts'

export async function run(report: Report, options: Options): Promise<void> {
  const suites = {
    bridged: runBridged,
    referred: runReferred,
    silent: runSilent,
    fallback: runFallback,
    credentials: runCredentials,
    dialled: runDialled,
    'dialled-slowly': runDialledSlowly,
  }
  const only = options['case']
  for (const [name, suite] of Object.entries(suites)) if (only === undefined || only === name) await suite(report)
}
