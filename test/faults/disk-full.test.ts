/** The disk takes no more: the call goes on, what waits is counted, and is written when there is room again. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sleep, start } from '#test/phones/process.ts'
import { openStage, type Stage } from './stage.ts'

const FAMILIES = ['healthy', 'outbox', 'lost'] as const

/** Values of `switchboard_ledger_*`. */
async function ledger(stage: Stage): Promise<Record<(typeof FAMILIES)[number], number>> {
  const text = await stage.metrics()
  const value = (name: string): number =>
    Number(new RegExp(`^switchboard_ledger_${name}\\S* (\\S+)`, 'm').exec(text)?.[1])
  return { healthy: value('healthy'), outbox: value('outbox'), lost: value('lost') }
}

async function until(what: string, holds: () => Promise<boolean>, ms: number): Promise<void> {
  for (let waited = 0; waited < ms; waited += 100) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error(`not ${what} in ${ms} ms`)
}

/** Sets how long a file of the worker may become: 0 lets no file grow, as a full disk does. */
async function limitFiles(pid: number, bytes: string): Promise<void> {
  const child = start('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
  if ((await child.exited) !== 0) throw new Error(child.output())
}

test('disk full for the record', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'))
  // Over the limit a process is killed by SIGXFSZ unless it ignores the signal; ignored signals are inherited.
  const wrapper = join(folder, 'node')
  writeFileSync(wrapper, `#!/bin/sh\ntrap '' XFSZ\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 })
  const stage = await openStage({ lasting: {} }, { node: wrapper })
  try {
    expect(await ledger(stage)).toEqual({ healthy: 1, outbox: 0, lost: 0 })
    const caller = await stage.dial('lasting')
    await caller.answered()
    await caller.hears('greeting', 5000)
    await limitFiles(stage.worker.process.pid, '0')

    caller.say('no')
    await caller.hears('tell-me-more', 8000)
    await until('unhealthy', async () => (await ledger(stage)).healthy === 0, 5000)
    const full = await ledger(stage)
    expect(full.outbox).toBeGreaterThan(0)
    expect(full.lost).toBe(0)
    const { outbox } = (await firstLoad(stage)) as { outbox: number }
    expect(outbox).toBeGreaterThan(0)
    // a caller hears nothing of it, in a call that goes on and in a new one
    const other = await stage.dial('lasting')
    await other.answered()
    await other.hears('greeting', 5000)
    expect(caller.longestSilence()).toBeLessThan(6000)
    await other.hangUp()
    await caller.hangUp()

    await limitFiles(stage.worker.process.pid, 'unlimited')
    await until('written', async () => (await ledger(stage)).outbox === 0, 8000)
    expect(await ledger(stage)).toEqual({ healthy: 1, outbox: 0, lost: 0 })
    for (const one of [caller, other]) {
      const { entries, end } = await stage.traces(one)
      expect(entries[0]).toMatchObject({ kind: 'begin' })
      expect(end).toMatchObject({ code: 'hangup', by: 'caller' })
    }
    const said = stage.worker.process.output()
    expect(said).toContain('SB_LEDGER_COMMIT')
    expect(said.match(/SB_LEDGER_COMMIT/g)?.length).toBeLessThan(5)

    // never room again: the worker stops all the same, and says what was lost
    await limitFiles(stage.worker.process.pid, '0')
    const last = await stage.dial('lasting')
    await last.answered()
    await last.hears('greeting', 5000)
    await last.hangUp()
    stage.worker.process.signal('SIGTERM')
    expect(await Promise.race([stage.worker.process.exited, sleep(12_000).then(() => 'still there')])).toBe(0)
    expect(stage.worker.process.output()).toMatch(
      /SB_LEDGER_CLOSED.*entries were lost|entries were lost.*SB_LEDGER_CLOSED/,
    )
  } finally {
    await stage.close()
  }
}, 60_000)

/** The first line of the load stream. */
async function firstLoad(stage: Stage): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${stage.worker.httpPort}/v1/load`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return JSON.parse(String(value).split('\n')[0] ?? '') as unknown
}
