/** The manifests of the first call, as they stand; only where the calendar's port is taken, a copy that names another. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demoErrors } from './errors.ts'

const EXAMPLE = join('examples', 'first-call')
const AGENT = 'reception.yaml'
export const REALTIME_SCRIPT = join('simulator', 'realtime-script.yaml')

/** @throws SB_DEMO_NO_EXAMPLE */
export function exampleFolder(): string {
  const beside = fileURLToPath(new URL(`../../${EXAMPLE}`, import.meta.url))
  const places = [EXAMPLE, beside]
  const found = places.find(folder => existsSync(join(folder, AGENT)))
  if (found === undefined) throw demoErrors.noExample(places.join(', '))
  return found
}

/** Where the agent looks for its calendar. */
export function calendarPort(folder: string): number {
  const match = /url:\s*http:\/\/127\.0\.0\.1:(\d+)\//.exec(readFileSync(join(folder, AGENT), 'utf8'))
  return Number(match?.[1] ?? 8099)
}

export interface Copy {
  readonly folder: string
  remove(): void
}

/** A copy in which the calendar is on another port. */
export function movedCalendar(folder: string, from: number, to: number): Copy {
  const copy = mkdtempSync(join(tmpdir(), 'switchboard-demo-'))
  cpSync(folder, copy, { recursive: true })
  for (const name of readdirSync(copy).filter(name => name.endsWith('.yaml'))) {
    const file = join(copy, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`http://127.0.0.1:${from}/`, `http://127.0.0.1:${to}/`))
  }
  return { folder: copy, remove: () => rmSync(copy, { recursive: true, force: true }) }
}
