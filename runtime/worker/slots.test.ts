import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Slot, Slots } from './slots.ts'

test('refuses the call after the last slot and takes one again when a slot is freed', () => {
  const slots = new Slots(2)
  const first = slots.reserve()
  slots.reserve()
  expect(slots.reserve()).toBeNull()
  first?.free()
  expect(slots.reserve()).not.toBeNull()
})

test('never counts more than there are, nor less than none, whatever is freed twice', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.tuple(fc.constantFrom('reserve', 'occupy', 'free'), fc.nat(9))),
      (total, steps) => {
        const slots = new Slots(total)
        const held: Slot[] = []
        for (const [what, which] of steps) {
          const slot = held[which % Math.max(1, held.length)]
          if (what === 'reserve') {
            const taken = slots.reserve()
            if (taken) held.push(taken)
          } else if (what === 'occupy') slot?.occupy()
          else slot?.free()
          expect(slots.reserved).toBeGreaterThanOrEqual(0)
          expect(slots.busy).toBeGreaterThanOrEqual(0)
          expect(slots.reserved + slots.busy).toBeLessThanOrEqual(total)
        }
        for (const slot of held) slot.free()
        expect(slots.empty).toBe(true)
      },
    ),
  )
})
