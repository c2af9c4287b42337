import { describe, expect, it } from 'vitest'
import { Relay } from './relay.ts'
import { ringback } from './ringback.ts'

const PCMU = { encoding: 'pcmu', rateHz: 8000 } as const
const frame = (value: number): Uint8Array => Uint8Array.from({ length: 160 }, () => value)
const pull = (relay: Relay): number[] => {
  const out = new Uint8Array(160)
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- its own fill, not the array's
  relay.fill(out, 0)
  return [...new Set(out)]
}

describe('audio of another leg', () => {
  it('comes out as it went in, after a start of two frames', () => {
    const relay = new Relay(PCMU)
    relay.push(frame(1))
    expect(pull(relay)).toEqual([0xff])
    relay.push(frame(2))
    expect([pull(relay), pull(relay)]).toEqual([[1], [2]])
  })

  it('that comes too late is silence, and then waits anew', () => {
    const relay = new Relay(PCMU)
    relay.push(frame(1))
    relay.push(frame(2))
    pull(relay)
    pull(relay)
    expect(pull(relay)).toEqual([0xff])
    expect(relay.missed).toBe(160)
  })

  it('that comes too fast loses its oldest, never its newest', () => {
    const relay = new Relay(PCMU)
    for (let n = 1; n <= 100; n++) relay.push(frame(n))
    expect(relay.queued).toBeLessThanOrEqual(1280)
    const heard: number[] = []
    while (relay.queued > 0) heard.push(...pull(relay))
    expect(heard.at(-1)).toBe(100)
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, i) => 101 - heard.length + i))
  })
})

it.each([
  ['Us', 48_000],
  ['Uk', 24_000],
  ['Eu', 40_000],
] as const)('the tone of %s lasts one period and begins with sound', (tone, length) => {
  const samples = ringback(tone, PCMU)
  expect(samples).toHaveLength(length)
  expect(new Set(samples?.subarray(0, 1600)).size).toBeGreaterThan(20)
  expect(new Set(samples?.subarray(-800))).toEqual(new Set([0xff]))
})
