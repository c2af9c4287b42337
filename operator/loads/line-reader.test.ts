import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { loadLineSchema } from '#runtime/contract/load-line.ts'
import { LineReader } from './line-reader.ts'

const line = (seq: number, busy = 0) => ({
  v: 1,
  pod: 'reception-1-abc',
  uid: 'u-1',
  boot: 'b-1',
  seq,
  slots: { total: 50, reserved: 0, busy },
  outbox: 0,
  drain: null,
  revisions: { 'reception-1': { calls: busy, figures: { mos: [0, 1] }, id: 'r-1' } },
})
const textOf = (value: unknown): string => JSON.stringify(value)

it('reads a line that differs in its number alone without making all of it anew', () => {
  const reader = new LineReader()
  const first = reader.read(textOf(line(1)))
  const second = reader.read(textOf(line(99)))
  expect(second).toEqual(line(99))
  expect(second?.revisions).toBe(first?.revisions)
  expect(reader.read(textOf(line(100, 1)))).toEqual(line(100, 1))
  expect(reader.read(textOf(line(101, 1)))).toEqual(line(101, 1))
})

it.each([
  ['a number that is none', textOf(line(2)).replace('"seq":2', '"seq":02')],
  ['a number below zero', textOf(line(2)).replace('"seq":2', '"seq":-2')],
  ['a fraction', textOf(line(2)).replace('"seq":2', '"seq":2.5')],
  ['no number', textOf(line(2)).replace('"seq":2', '"seq":')],
  ['half a line', textOf(line(2)).slice(0, 40)],
  ['something after it', `${textOf(line(2))}}`],
])('takes %s for no line, as if it were the first one', (_, text) => {
  const reader = new LineReader()
  reader.read(textOf(line(1)))
  expect(reader.read(text)).toBeNull()
  expect(reader.read(textOf(line(3)))).toEqual(line(3))
})

it('is not led astray by a member of the same name in what it does not know', () => {
  const reader = new LineReader()
  const later = (seq: number, inner: number): string => textOf({ later: { seq: inner }, ...line(seq) })
  expect(reader.read(later(7, 7))?.seq).toBe(7)
  expect(reader.read(later(8, 7))?.seq).toBe(8)
  expect(reader.read(later(8, 9))?.seq).toBe(8)
})

const said = fc.record({
  seq: fc.nat(),
  busy: fc.nat(3),
  later: fc.option(fc.record({ seq: fc.nat(9) }), { nil: undefined }),
  spaces: fc.boolean(),
})
it('reads whatever comes as if it stood alone', () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 30 }), all => {
      const reader = new LineReader()
      for (const { seq, busy, later, spaces } of all) {
        const text = JSON.stringify({ ...(later && { later }), ...line(seq, busy) }, null, spaces ? 1 : 0)
        expect(reader.read(text)).toEqual(loadLineSchema.parse(JSON.parse(text)))
      }
    }),
  )
})
