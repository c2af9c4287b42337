import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const INIT = join('cli', 'init.sh')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'))
})
afterEach(() => {
  // with all that it has started, whatever it did not do
  for (const pid of started.splice(0)) endGroup(pid)
  rmSync(folder, { recursive: true })
})

const started: number[] = []

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it is over, as it should be
  }
}

/** Starts it with a program in the place of ours. */
function start(program: string, ...args: string[]) {
  writeFileSync(join(folder, 'switchboard'), `#!/bin/sh\n${program}\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
  const init = spawn(INIT, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  if (init.pid !== undefined) started.push(init.pid)
  return init
}

describe('the first process of a container', () => {
  it('is what it starts: its arguments, its output, its end', async () => {
    const init = start('echo "$# $2"; exit 3', 'worker', 'two words')
    const [[text], [code]] = await Promise.all([once(init.stdout, 'data'), once(init, 'exit')])
    expect([String(text), code]).toEqual(['2 two words\n', 3])
  })

  it('passes SIGTERM on, and waits until what it started is done', async () => {
    const init = start("trap 'echo told; exit 7' TERM; echo up; while :; do sleep 0.05; done")
    await once(init.stdout, 'data')
    init.kill('SIGTERM')
    const [[text], [code]] = await Promise.all([once(init.stdout, 'data'), once(init, 'exit')])
    expect([String(text), code]).toEqual(['told\n', 7])
  })

  it('ends what has not come so far as to listen', async () => {
    const init = start('echo up; exec sleep 60')
    await once(init.stdout, 'data')
    init.kill('SIGTERM')
    expect(await once(init, 'exit')).toEqual([143, null])
  })
})
