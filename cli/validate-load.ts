/** Reads manifests from files and directories. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { emptyFile, noManifests, unreadable } from '#crds/errors.ts'
import { checkManifests } from '#crds/manifests.ts'
import { byPlace, type Problem } from '#crds/problem.ts'
import type { Manifests, ManifestText } from '#crds/read-manifests.ts'
import type { SwitchboardError } from '#errors/registry.ts'

const MANIFEST = /\.(ya?ml|json)$/
/** A file larger than this is no manifest: etcd takes 1.5 MiB per object. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Reads and checks all manifests of a file or directory (with its subdirectories; hidden ones and node_modules are passed over), or of several.
 * What cannot be read is a problem like any other.
 */
export async function loadManifests(paths: string | readonly string[]): Promise<Manifests> {
  const problems: Problem[] = []
  const texts: ManifestText[] = []
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    const fail = (error: SwitchboardError, file = path): number => problems.push(fileProblem(file, error))
    try {
      const named = !(await stat(path)).isDirectory()
      const files = named ? [path] : await manifestsIn(path)
      if (files.length === 0) fail(noManifests())
      for (const file of files) {
        if ((await stat(file)).size > MAX_BYTES) fail(unreadable('larger than 16 MiB'), file)
        else texts.push({ file: shown(file), text: await readFile(file, 'utf8'), named })
      }
    } catch (error) {
      fail(unreadable(reason(error)))
    }
  }
  const manifests = checkManifests(texts)
  return { ...manifests, problems: [...problems, ...manifests.problems].toSorted(byPlace) }
}

/** What could not be looked at at all, as a path that is not there: whoever called must call otherwise. */
const NOTHING_READ: ReadonlySet<string> = new Set([unreadable.code, noManifests.code, emptyFile.code])

/**
 * 0: sound, perhaps with warnings. 1: a manifest is wrong. 2: something could not be looked at.
 *
 * @param strict a warning is as bad as an error
 */
export function exitCodeOf(problems: readonly Problem[], strict = false): 0 | 1 | 2 {
  const wrong = problems.filter(problem => strict || problem.severity === 'error')
  if (wrong.some(({ code, severity }) => severity === 'error' && NOTHING_READ.has(code))) return 2
  return wrong.length > 0 ? 1 : 0
}

async function manifestsIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = join(directory, entry.name)
    if (entry.isDirectory()) found.push(...(await manifestsIn(path)))
    else if (MANIFEST.test(entry.name)) found.push(path)
  }
  return found
}

function shown(file: string): string {
  const near = relative('.', file)
  return near === '' || near.startsWith('..') ? file : near
}

function reason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const words: Readonly<Record<string, string>> = { ENOENT: 'no such file or directory', EACCES: 'permission denied' }
  return words[code] ?? (error instanceof Error ? error.message : String(error))
}

function fileProblem(file: string, error: SwitchboardError): Problem {
  return {
    severity: 'error',
    code: error.code,
    file,
    line: 1,
    column: 1,
    endColumn: 2,
    path: '',
    message: error.message,
    fix: error.help,
  }
}
