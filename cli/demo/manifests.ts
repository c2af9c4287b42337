/** The manifests that the demo runs, as they stand; only where a port that they name is taken, a copy that names another. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demoErrors } from './errors.ts'

const AGENT = 'reception.yaml'
const TRUNK = 'trunk.yaml'
export const REALTIME_SCRIPT = join('simulator', 'realtime-script.yaml')

/** @throws SB_DEMO_NO_EXAMPLE */
export function exampleFolder(name: 'first-call' | 'transfer'): string {
  const example = join('examples', name)
  const beside = fileURLToPath(new URL(`../../${example}`, import.meta.url))
  const places = [example, beside]
  const found = places.find(folder => existsSync(join(folder, AGENT)))
  if (found === undefined) throw demoErrors.noExample(places.join(', '))
  return found
}

/** Where the agent looks for its calendar. */
export function calendarPort(folder: string): number {
  const match = /url:\s*http:\/\/127\.0\.0\.1:(\d+)\//.exec(readFileSync(join(folder, AGENT), 'utf8'))
  return Number(match?.[1] ?? 8099)
}

/** Where agents call people. */
export function personPort(folder: string): number {
  const match = /outbound:\s*\{\s*host:\s*127\.0\.0\.1,\s*port:\s*(\d+)/.exec(readFileSync(join(folder, TRUNK), 'utf8'))
  return Number(match?.[1] ?? 5080)
}

export interface Copy {
  readonly folder: string
  remove(): void
}

/** A copy in which what is written `from` is written `to`. */
export function changedCopy(folder: string, from: string, to: string): Copy {
  const copy = mkdtempSync(join(tmpdir(), 'switchboard-demo-'))
  cpSync(folder, copy, { recursive: true })
  for (const name of readdirSync(copy).filter(name => name.endsWith('.yaml'))) {
    const file = join(copy, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to))
  }
  return { folder: copy, remove: () => rmSync(copy, { recursive: true, force: true }) }
}
