import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contend, type Span, within } from '#crds/called-number.ts'
import { SpanIndex } from './span-index.ts'

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-3]{1,${max}}$`))
/** Few digits and short numbers, so that spans meet. */
const span: fc.Arbitrary<Span> = fc.oneof(
  fc.tuple(fc.constantFrom('', '+'), fc.integer({ min: 1, max: 3 })).chain(([plus, n]) =>
    fc.tuple(...Array.from({ length: 2 }, () => fc.stringMatching(new RegExp(`^[0-3]{${n}}$`)))).map(pair => {
      const [from = '', to = ''] = pair.toSorted()
      return { kind: 'range' as const, from: plus + from, to: plus + to }
    }),
  ),
  fc.tuple(fc.constantFrom('', '+'), digits(3)).map(([plus, d]) => ({ kind: 'prefix' as const, prefix: plus + d })),
  fc.constant({ kind: 'prefix' as const, prefix: '' }),
  fc.constantFrom('a', 'b').map(user => ({ kind: 'user' as const, user })),
)

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
        for (const one of spans) if (contend(one, asked) || within(one, asked)) expect(found).toContain(one)
        if (removed) expect(found).not.toContain(removed)
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
