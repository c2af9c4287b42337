import { afterEach, expect, test } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { type Caller, startCaller } from './caller.ts'
import { findClip } from './find-clip.ts'
import { type Person, type PersonOptions, startPerson } from './person.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function person(options: PersonOptions): Promise<{ person: Person; calls: Caller[]; to: string }> {
  const calls: Caller[] = []
  const one = await startPerson({ ringMs: 200, ...options })
  one.onCall(call => calls.push(call))
  closers.push(() => one.close())
  return { person: one, calls, to: `sip:+14155550199@127.0.0.1:${one.port}` }
}

test('rings, is answered, and both hear each other', async () => {
  const { calls, to } = await person({ script: [{ say: 'desk' }, { wait: { ended: true, within: 20_000 } }] })
  const caller = await startCaller({ to, script: [{ wait: { agent: 'speaks' } }, { say: 'yes' }, { wait: 3500 }] })
  expect(await caller.done).toMatchObject({ answered: true, ok: true })
  const [taken] = calls
  expect(taken?.events.map(e => e.type).slice(0, 3)).toEqual(['called', 'answered', 'say'])
  expect(await taken?.done).toMatchObject({ answered: true, ended: { by: 'remote', cause: 'bye' } })
  const said = (voice: 'person' | 'caller', name: string) => expand('ulaw', clip(voice, name)?.ulaw ?? new Uint8Array())
  // in pieces: a stall of the machine may take one of them
  const heard = (call: Caller | undefined, samples: Int16Array): number => {
    const side = call?.recording()?.side('agent') ?? new Int16Array()
    const pieces = [0, 1, 2].map(n => samples.subarray((n * samples.length) / 3, ((n + 1) * samples.length) / 3))
    return Math.max(...pieces.map(piece => findClip(side, piece)?.match ?? 0))
  }
  expect(heard(caller, said('person', 'desk'))).toBeGreaterThan(0.8)
  expect(heard(taken, said('caller', 'yes'))).toBeGreaterThan(0.8)
})

test('is busy', async () => {
  const { to } = await person({ status: 486 })
  const caller = await startCaller({ to })
  expect((await caller.done).ended).toMatchObject({ cause: 'rejected', status: 486 })
})

test('is not there: it rings until the other side gives up', async () => {
  const { calls, to } = await person({ status: null })
  const caller = await startCaller({ to, ringMs: 600 })
  expect(await caller.done).toMatchObject({ answered: false })
  expect((await calls[0]?.done)?.ended).toMatchObject({ by: 'remote', cause: 'cancelled' })
})

test('takes several calls at once, and ends them when it goes', async () => {
  const { person: one, calls, to } = await person({ ringMs: 50 })
  const callers = await Promise.all([startCaller({ to }), startCaller({ to })])
  await expect.poll(() => calls.filter(call => call.events.some(e => e.type === 'answered')).length).toBe(2)
  await one.close()
  const ends = await Promise.all(callers.map(caller => caller.done))
  expect(ends.map(({ ended }) => ended.by)).toEqual(['remote', 'remote'])
})

test('a port that is taken is said', async () => {
  const { person: one } = await person({})
  await expect(startPerson({ port: one.port })).rejects.toMatchObject({ code: 'SB_CALLER_NO_PORT' })
})
