import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { leash } from './leash.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leash-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('gives output and exit code, and takes signals', async () => {
  const log = join(folder, 'log')
  const counted = await leash('sh', ['-c', 'echo out; echo err >&2; exit 7'], { log })
  expect(await counted.exited).toBe(7)
  expect(readFileSync(log, 'utf8')).toBe('out\nerr\n')
  counted.signal('SIGTERM')

  const sleeper = await leash('sleep', ['100'], { log })
  expect(lives(sleeper.pid)).toBe(true)
  sleeper.signal('SIGTERM')
  expect(await sleeper.exited).toBe(128 + 15)
})

it('kills and sweeps when the one who started it is killed', async () => {
  const swept = mkdtempSync(join(folder, 'swept-'))
  const log = join(folder, 'log')
  const script = join(folder, 'owner.ts')
  const module = JSON.stringify(join(import.meta.dirname, 'leash.ts'))
  writeFileSync(
    script,
    `const { leash } = await import(${module})
    const { pid } = await leash('sleep', ['100'], { log: ${JSON.stringify(log)}, sweep: ${JSON.stringify(swept)} })
    console.log(pid)
    await new Promise(resolve => setTimeout(resolve, 60_000))`,
  )
  const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = await new Promise<number>(resolve => {
    owner.stdout.on('data', (line: Buffer) => resolve(Number(line.toString())))
  })
  expect(lives(pid)).toBe(true)
  owner.kill('SIGKILL')
  await vi.waitFor(() => expect(lives(pid)).toBe(false), 10_000)
  await vi.waitFor(() => expect(existsSync(swept)).toBe(false), 10_000)
})
