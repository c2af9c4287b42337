import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contend, type Span, within } from '#crds/called-number.ts'
import { SpanIndex } from './span-index.ts'

const text = (plus: boolean, length: number, value: number): string =>
  (plus ? '+' : '') + (value % 4 ** length).toString(4).padStart(length, '0')
/** Few digits and short numbers, so that spans meet. */
const span: fc.Arbitrary<Span> = fc
  .record({
    kind: fc.constantFrom('range', 'range', 'prefix', 'user'),
    plus: fc.boolean(),
    length: fc.integer({ min: 0, max: 3 }),
    a: fc.nat(63),
    b: fc.nat(63),
  })
  .map(({ kind, plus, length, a, b }) => {
    if (kind === 'user') return { kind: 'user', user: String(a % 2) }
    if (kind === 'prefix') return { kind, prefix: length === 0 ? '' : text(plus, length, a) }
    const [from = '', to = ''] = [a, b].map(value => text(plus, Math.max(1, length), value)).toSorted()
    return { kind: 'range', from, to }
  })

describe('a span index', () => {
  it('finds whatever contends with a span or covers it', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 30 }), span, fc.nat(), (shared, asked, gone) => {
        // by identity: equal spans are different entries
        const spans = shared.map(one => ({ ...one }))
        const index = new SpanIndex<Span>()
        for (const one of spans) index.add(one, one)
        const [removed] = spans.splice(gone % (spans.length || 1), 1)
        if (removed) index.delete(removed)
        const found = new Set([...index.near(asked)].map(entry => entry.value))
        const missing = spans.filter(one => (contend(one, asked) || within(one, asked)) && !found.has(one))
        expect(missing).toEqual([])
        expect(removed !== undefined && found.has(removed)).toBe(false)
        expect(index.size).toBe(spans.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('looks at few of ten thousand', () => {
    const index = new SpanIndex<number>()
    const at = (n: number): string => `+1415${String(n).padStart(7, '0')}`
    for (let n = 0; n < 10_000; n++) index.add({ kind: 'range', from: at(n * 100), to: at(n * 100 + (n % 100)) }, n)
    for (let n = 0; n < 10_000; n += 97) {
      const near = [...index.near({ kind: 'range', from: at(n * 100 + 5), to: at(n * 100 + 150) })]
      expect(near.length).toBeLessThan(30)
    }
  })
})
