import { expect, it } from 'vitest'
import { type Snapshot, Snapshots } from './snapshots.ts'

const snapshot = (words: string) => ({ content: { instructions: words } }) as unknown as Snapshot

it('keeps the snapshots that were made last, in 8 MiB, and none that takes much of it', () => {
  const kept = new Snapshots()
  kept.keep('large', snapshot('l'), 2 * 2 ** 20)
  expect(kept.of('large')).toBeUndefined()
  for (let i = 0; i < 10; i++) kept.keep(`u${i}`, snapshot(String(i)), 2 ** 20)
  expect(Array.from({ length: 10 }, (_, i) => kept.of(`u${i}`) !== undefined)).toEqual([
    false,
    false,
    ...Array.from({ length: 8 }, () => true),
  ])
  kept.forget('u9')
  kept.forget('u9')
  kept.keep('next', snapshot('n'), 2 ** 20)
  expect([kept.of('u2'), kept.of('u9'), kept.of('next')]).toEqual([snapshot('2'), undefined, snapshot('n')])
})
