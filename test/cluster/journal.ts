/** The list of what was made, on disk. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { lineOf, type Made, parseMade } from './made.ts'
import { FOLDER, OTHER_FOLDERS } from './plan.ts'

const fileIn = (folder: string): string => join(folder, 'made.jsonl')
const FILE = fileIn(FOLDER)

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Writes down that something is made, at once: a crash comes when it likes. */
export function record(thing: Made): void {
  if (!existsSync(FILE)) {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
    appendFileSync(FILE, lineOf({ made: 'boot', id: bootId() }))
  }
  appendFileSync(FILE, lineOf(thing))
}

/** Empty where there is no cluster. */
export function recorded(): Made[] {
  return existsSync(FILE) ? parseMade(readFileSync(FILE, 'utf8')) : []
}

/** What other clusters of this machine have made. */
export function recordedByOthers(): Made[] {
  return OTHER_FOLDERS.map(fileIn).flatMap(file => (existsSync(file) ? parseMade(readFileSync(file, 'utf8')) : []))
}

export function forget(): void {
  rmSync(FILE, { force: true })
}
