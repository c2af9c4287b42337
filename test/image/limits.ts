/** What a build is held to: what a worker must not carry, and what the image may weigh. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import type { Report } from '#test/harness/report.ts'
import { COMMANDS, NOT_IN_WORKER, WORKERS } from './entries.ts'
import { bytesOf, loadedWith, sourcesIn } from './inputs.ts'

export const MB = 1_000_000
/** What the image may weigh over its base. */
export const LIMIT_MB = 100

export function checkBundles(report: Report, meta: Metafile): void {
  for (const [name, module] of Object.entries(COMMANDS)) {
    const outputs = loadedWith(meta, module)
    report.row({ name: `code that ${name} loads`, value: bytesOf(meta, outputs) / MB, unit: 'MB', ok: true })
  }
  for (const worker of WORKERS) {
    const sources = sourcesIn(meta, loadedWith(meta, worker))
    const wrong = sources.filter(source => NOT_IN_WORKER.some(folder => source.startsWith(folder)))
    const carries =
      wrong.length === 0 ? `${sources.length} modules, none of ${NOT_IN_WORKER.join(', ')}` : wrong.join(', ')
    // a worker of nothing would carry nothing wrong either
    report.check(
      `${worker} is a worker only`,
      wrong.length === 0 && sources.includes('runtime/worker/worker.ts'),
      carries,
    )
  }
}

/** Bytes of all files under a folder. */
export function weight(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
