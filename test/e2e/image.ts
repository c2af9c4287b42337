/** The image that pods run: built once per state of the sources. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBuildah } from '#test/image/buildah.ts'
import { makeLocalBase } from '#test/image/local-base.ts'

export const IMAGE = 'localhost/switchboard:dev'

const BASE = process.env['BASE'] ?? 'node:24-bookworm-slim'
const LOCAL_BASE = 'localhost/node24-base'
const ARCHIVE = 'out/image/switchboard.tar'
/** Beside the archive: of which sources it is. */
const STAMP = 'out/image/switchboard.sources'

/** Of the sources in the present folder. @returns an archive that containerd imports */
export function switchboardImage(say: (line: string) => void, tag: string = IMAGE): string {
  const sources = digestOfSources()
  if (existsSync(ARCHIVE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return ARCHIVE
  say('building the image')
  rmSync(STAMP, { force: true })
  const engine = openBuildah()
  try {
    let base = BASE
    if (!engine.pull(BASE)) {
      const folder = mkdtempSync(join(tmpdir(), 'base-'))
      makeLocalBase(folder)
      engine.importBase(folder, LOCAL_BASE)
      rmSync(folder, { recursive: true, force: true })
      say(`${BASE} cannot be pulled here: built on this machine's Node instead`)
      base = LOCAL_BASE
    }
    engine.build(base, tag)
    engine.keep(tag)
  } finally {
    engine.close()
  }
  writeFileSync(STAMP, sources)
  return ARCHIVE
}

/** Of all that goes into the image, as .dockerignore lists it. */
function digestOfSources(): string {
  const listed = readFileSync('.dockerignore', 'utf8').matchAll(/^!(.+)$/gm)
  const paths = ['Dockerfile', '.dockerignore', ...[...listed].map(([, path = '']) => path)]
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths])
  const hash = createHash('sha256').update(process.version)
  for (const file of new Set(files.toString().split('\0'))) {
    if (file === '' || file.endsWith('.test.ts') || !existsSync(file)) continue
    hash.update(`${file}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}
