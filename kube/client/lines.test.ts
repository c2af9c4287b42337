import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineCutter } from './lines.ts'

it('gives the same lines however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 })),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      (texts, cuts) => {
        const lines = texts.map(text => JSON.stringify(text))
        const bytes = new TextEncoder().encode(lines.map(line => `${line}\n`).join(''))
        const cutter = new LineCutter(1e6)
        const out: string[] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1)
          cutter.push(bytes.subarray(at, end), line => out.push(line))
          at = end
        }
        expect(out.map(line => JSON.parse(line) as unknown)).toEqual(lines.map(line => JSON.parse(line) as unknown))
      },
    ),
    { numRuns: 50 },
  )
})

it('gives up on a line that is too long', () => {
  const cutter = new LineCutter(10)
  expect(cutter.push(new Uint8Array(8).fill(65), () => {})).toBe(true)
  expect(cutter.push(new Uint8Array(8).fill(65), () => {})).toBe(false)
})
