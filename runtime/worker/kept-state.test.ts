import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { KeptState } from './kept-state.ts'
import { createLogger } from './logger.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kept-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const log = createLogger('silent')
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const open = (): Promise<KeptState> => KeptState.open(join(directory, 'state'), log)

it('gives back after a restart what it kept: one revision per agent, the newest, and the drain', async () => {
  const before = await open()
  expect([await before.revisions(), await before.drain()]).toEqual([[], null])
  const body = json({ v: 1, content: 'é' })
  // not awaited: the order is that of the calls
  void before.keepRevision('acme/reception', { name: 'reception-1', body })
  void before.keepRevision('acme/reception', { name: 'reception-2', body })
  await before.keepRevision('acme/other', { name: 'other-1', body })
  await before.keepDrain({ id: 'd1', deadline: 1000 })
  const after = await open()
  expect((await after.revisions()).map(kept => kept.name).sort()).toEqual(['other-1', 'reception-2'])
  expect((await after.revisions())[0]?.body).toEqual(body)
  expect(await after.drain()).toEqual({ id: 'd1', deadline: 1000 })
})

it('is for nobody else to read, and leaves no half-written file', async () => {
  const state = await open()
  await state.keepRevision('acme/reception', { name: 'reception-1', body: json('x'.repeat(1_000_000)) })
  const files = readdirSync(join(directory, 'state'))
  expect(files).toHaveLength(1)
  expect(statSync(join(directory, 'state', files[0] ?? '')).mode & 0o777).toBe(0o600)
})

it('what cannot be used is left out: the worker starts blank', async () => {
  const state = await open()
  await state.keepRevision('acme/reception', { name: 'reception-1', body: json({}) })
  await state.keepDrain({ id: 'd1', deadline: 1000 })
  for (const file of readdirSync(join(directory, 'state'))) writeFileSync(join(directory, 'state', file), '{"name":')
  const after = await open()
  expect([await after.revisions(), await after.drain()]).toEqual([[], null])
})

it('a place that cannot be written to is found at the start', async () => {
  writeFileSync(join(directory, 'file'), '')
  await expect(KeptState.open(join(directory, 'file', 'state'), log)).rejects.toMatchObject({ code: 'SB_WORKER_STATE' })
})

it('a disk that fails later keeps nobody from serving', async () => {
  const state = await open()
  rmSync(join(directory, 'state'), { recursive: true })
  await expect(state.keepRevision('acme/reception', { name: 'reception-1', body: json({}) })).resolves.toBeUndefined()
})
