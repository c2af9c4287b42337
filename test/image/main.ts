/**
 * `npm run image`: builds the Dockerfile, weighs it against its base, starts it and has it called. `BASE=…` names another base. Where no
 * engine works, the bundle is built and started instead, and the report says that no image was made.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Report } from '#test/harness/report.ts'
import { openBuildah } from './buildah.ts'
import { bundle } from './bundle.ts'
import { openDocker } from './docker.ts'
import { type Engine, has, works } from './engine.ts'
import { LIMIT_MB, MB } from './limits.ts'
import { makeLocalBase } from './local-base.ts'
import { smoke } from './smoke.ts'

const BASE = process.env['BASE'] ?? 'node:24-bookworm-slim'
const LOCAL_BASE = 'localhost/node24-base'
const TAG = 'localhost/switchboard:dev'

function findEngine(why: string[]): Engine | null {
  if (!has('docker')) why.push('docker is not installed')
  else if (works('docker', ['info'])) return openDocker()
  else why.push('no docker daemon answers')
  const root = process.getuid?.() === 0
  if (root && !has('buildah') && has('apt-get')) {
    console.log('installing buildah …')
    works('apt-get', ['update', '-qq'], 120)
    works('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'buildah'], 300)
  }
  if (!has('buildah')) why.push('buildah is not installed')
  else if (root) return openBuildah()
  else why.push('buildah is used as root only')
  return null
}

function baseFor(report: Report, engine: Engine): string {
  if (engine.pull(BASE)) return BASE
  const folder = mkdtempSync(join(tmpdir(), 'base-'))
  makeLocalBase(folder)
  engine.importBase(folder, LOCAL_BASE)
  rmSync(folder, { recursive: true, force: true })
  report.note(`${BASE} cannot be pulled here: built on ${LOCAL_BASE}, made of this machine's Node ${process.version}`)
  return LOCAL_BASE
}

async function image(report: Report, engine: Engine): Promise<void> {
  const base = baseFor(report, engine)
  engine.build(base, TAG)
  report.check(`${engine.name} builds the Dockerfile`, true, TAG)
  const sizes = engine.sizes(base, TAG)
  const over = (sizes.image - sizes.base) / MB
  report.row({ name: 'base', value: sizes.base / MB, unit: 'MB', ok: true })
  report.row({ name: 'image over its base', value: over, unit: 'MB', aim: `<= ${LIMIT_MB}`, ok: over <= LIMIT_MB })
  await smoke(report, {
    launch: args => engine.run(TAG, args),
    terminate: child => engine.terminate(child),
    example: '/app/examples/first-call',
  })
  report.note(`the image is at ${engine.keep(TAG)}`)
}

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const report = new Report('image')
const why: string[] = []
const engine = findEngine(why)
try {
  if (engine) await image(report, engine)
  else {
    report.note(`no engine here (${why.join(', ')}): no image was built, the bundle is started instead`)
    await bundle(report, false)
  }
} catch (error) {
  report.check('built and started', false, error instanceof Error ? (error.stack ?? error.message) : String(error))
} finally {
  engine?.close()
}
process.exit(await report.finish(values.json))
