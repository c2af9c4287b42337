/**
 * `npm run bundle`: one chunk per command in `dist/`, as in the image; then starts it and has it called.
 * `--build-only` leaves the start out: for the image's own build.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Report } from '#test/harness/report.ts'
import { start } from '#test/phones/process.ts'
import { buildBundles } from './build.ts'
import { checkBundles, LIMIT_MB, MB, weight } from './limits.ts'
import { smoke } from './smoke.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const DIST = join(ROOT, 'dist')

export async function bundle(report: Report, buildOnly: boolean): Promise<void> {
  checkBundles(report, await buildBundles(ROOT, DIST))
  const size = weight(DIST) / MB
  report.row({ name: 'dist, with data files', value: size, unit: 'MB', aim: `<= ${LIMIT_MB}`, ok: size <= LIMIT_MB })
  if (buildOnly) return
  const node = [process.execPath, '--disable-warning=ExperimentalWarning'] as const
  const env = { ...process.env, SWITCHBOARD_DB: join(mkdtempSync(join(tmpdir(), 'smoke-')), 'calls.db') }
  await smoke(report, {
    launch: args => start(node[0], [node[1], join(DIST, 'switchboard.mjs'), ...args], { env }),
    terminate: child => child.signal('SIGTERM'),
    example: join(DIST, 'examples', 'first-call'),
  })
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'build-only': { type: 'boolean' }, json: { type: 'string' } } })
  const report = new Report('bundle')
  try {
    await bundle(report, values['build-only'] === true)
  } catch (error) {
    report.check('bundled and started', false, error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  process.exit(await report.finish(values.json))
}
