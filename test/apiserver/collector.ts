/** A real OpenTelemetry Collector, made of a few of its parts by its own builder, once. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { COLLECTOR, cacheFolder, collectorBuilder, isExecutable } from './binaries.ts'

const run = promisify(execFile)
const PARTS = join(import.meta.dirname, 'modules', `otelcol-builder-${COLLECTOR}`, 'collector.yaml')

/** Path of the binary. Its parts are fetched by version, without a go.sum of ours: the builder writes its own. */
export async function otelCollector(log: (line: string) => void = line => console.error(line)): Promise<string> {
  const output = join(cacheFolder(), 'otelcol', COLLECTOR, 'bin', 'otelcol')
  if (await isExecutable(output)) return output
  const builder = await collectorBuilder(log)
  const folder = await mkdtemp(join(tmpdir(), 'otelcol-'))
  log(`OpenTelemetry Collector ${COLLECTOR}: not there yet; built once by its builder, about a minute`)
  try {
    const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-buildvcs=false' }
    // It writes where it is started.
    await run(builder, ['--config', PARTS, '--output-path', folder], { env, cwd: folder, maxBuffer: 2 ** 24 })
    await mkdir(dirname(output), { recursive: true })
    const near = `${output}.${process.pid}`
    await cp(join(folder, 'otelcol'), near)
    await rename(near, output)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  log(`OpenTelemetry Collector ${COLLECTOR}: built`)
  return output
}
