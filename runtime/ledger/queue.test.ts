import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf, MAX_BODY, type Row } from './entry.ts'
import { RowQueue } from './queue.ts'

const row = (kind: string, size = 10): Row => ({ call: 'a', seq: 1, at: 0, wall: 0, kind, body: 'x'.repeat(size) })

describe('the queue before the writer', () => {
  it('keeps the last tenth for first and last words', () => {
    const queue = new RowQueue({ rows: 10, bytes: 1e6 })
    for (let i = 0; i < 9; i++) expect(queue.push(row('turn'))).toBe(true)
    expect(queue.push(row('turn'))).toBe(false)
    expect(queue.push(row('end'))).toBe(true)
    expect(queue.push(row('end'))).toBe(false)
  })

  it('never holds more than its limits, keeps order and gives back what it counted', () => {
    const step = fc.oneof(
      fc.record({ push: fc.constantFrom('turn', 'end'), size: fc.nat(400) }),
      fc.record({ settle: fc.nat(20) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const limits = { rows: 40, bytes: 12_000 }
        const queue = new RowQueue(limits)
        let model: Row[] = []
        for (const s of steps) {
          const next = 'push' in s ? row(s.push, s.size) : null
          if (next !== null && queue.push(next)) model.push(next)
          const count = 'settle' in s ? Math.min(s.settle, queue.length) : 0
          expect(queue.peek(count)).toEqual(model.slice(0, count))
          queue.settle(count)
          model = model.slice(count)
          expect(queue.length).toBe(model.length)
          expect(queue.length).toBeLessThanOrEqual(limits.rows)
          expect(queue.bytes).toBeLessThanOrEqual(limits.bytes)
        }
        queue.settle(queue.length)
        expect(queue.bytes).toBe(0)
      }),
    )
  })
})

describe('the JSON of an entry', () => {
  it('cuts what is too long, and says how long it was', () => {
    const body = bodyOf({
      kind: 'tool',
      id: 't',
      name: 'find',
      args: { q: 'x'.repeat(MAX_BODY) },
      ok: true,
      output: 'y'.repeat(MAX_BODY),
      ms: 5,
    })
    expect(body.length).toBeLessThan(10_000)
    expect(JSON.parse(body)).toMatchObject({ kind: 'tool', name: 'find', ms: 5, truncated: expect.any(Number) })
  })
})
