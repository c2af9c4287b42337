import { expect, test } from 'vitest'
import { GROUP_MS, LEAD_MS, Lead } from './lead.ts'

test('sends a lead at once, and then no faster than it is heard', () => {
  const lead = new Lead()
  expect(lead.room(1000, 0)).toBe(LEAD_MS)
  lead.sent(1000, LEAD_MS, 1)
  expect(lead.room(1000, LEAD_MS)).toBe(0)
  expect(lead.room(1000 + GROUP_MS, LEAD_MS)).toBe(GROUP_MS)
  // a pause, and all of it is free again
  expect(lead.room(3000, 0)).toBe(LEAD_MS)
})

test('learns the way there and back by the first mark of a stretch, and by no other', () => {
  const lead = new Lead()
  lead.sent(1000, 40, 1)
  lead.sent(1000, 40, 2)
  lead.marked(1070, 1)
  expect(lead.roundTripMs).toBe(30)
  lead.marked(1900, 2)
  expect(lead.roundTripMs).toBe(30)
})

test('stops when a carrier that was cut off has enough under way', () => {
  const lead = new Lead()
  lead.sent(1000, 40, 1)
  lead.marked(1070, 1)
  let inFlight = 0
  for (let now = 1080; now < 5000; now += 20) {
    const room = lead.room(now, inFlight)
    if (room < GROUP_MS) continue
    inFlight += GROUP_MS
    lead.sent(now, GROUP_MS, 2)
  }
  expect(inFlight).toBeLessThanOrEqual(LEAD_MS + 30 + 60)
  expect(inFlight).toBeGreaterThan(LEAD_MS)
})
