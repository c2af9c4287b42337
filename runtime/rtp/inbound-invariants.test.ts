import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeRtpHeader } from './header.ts'
import { Bench } from './testing/inbound-bench.ts'

describe('whatever comes', () => {
  interface Sent {
    at: number
    k: number
  }
  const network = fc.record({
    ptime: fc.constantFrom(10, 20, 30, 40, 60),
    loss: fc.nat(40),
    duplicate: fc.nat(20),
    jitter: fc.nat(120),
    pauses: fc.boolean(),
    drift: fc.constantFrom(0.999, 1, 1.001),
    dice: fc.array(fc.nat(999), { minLength: 97, maxLength: 97 }),
  })

  it('there is a frame per 20 ms in the long run, and each in its time', () => {
    fc.assert(
      fc.property(network, net => {
        const ms = 12_000
        let n = 0
        const dice = (): number => net.dice[n++ % net.dice.length]! / 10
        const sent: Sent[] = []
        for (let k = 0; k * net.ptime < ms; k++) {
          if (net.pauses && k % 64 > 40) continue
          if (dice() < net.loss) continue
          const at = Math.round(k * net.ptime * net.drift + (dice() / 100) * net.jitter)
          sent.push({ at, k })
          if (dice() < net.duplicate) sent.push({ at: at + 7, k })
        }
        sent.sort((a, b) => a.at - b.at)
        const b = new Bench()
        for (const { at, k } of sent) {
          b.until(at)
          b.packet(k, at, { samples: net.ptime * 8 })
        }
        b.until(ms)
        expect(Math.abs(b.frames.length - ms / 20)).toBeLessThanOrEqual(14)
        const ahead = b.frames.map((f, i) => i * 20 - f.at)
        expect(Math.max(...ahead)).toBeLessThanOrEqual(420)
        expect(Math.min(...ahead)).toBeGreaterThanOrEqual(-200)
        for (let i = 1; i < b.frames.length; i++)
          if (b.frames[i]!.at < b.frames[i - 1]!.at) throw new Error('time ran back')
      }),
      { numRuns: 60 },
    )
  })

  it('a flood makes no more audio than there is time', () => {
    const b = new Bench()
    for (let k = 0; k < 5000; k++) {
      b.until(Math.floor(k / 5))
      b.packet(k, Math.floor(k / 5))
    }
    expect(b.frames.length).toBeLessThanOrEqual(1000 / 20 + 25)
  })

  it('nothing throws', () => {
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(
          fc.constantFrom(0, 8, 13, 101),
          fc.nat(0xffff),
          fc.nat(0xffff_ffff),
          fc.nat(2),
          fc.uint8Array({ maxLength: 1200 }),
        )
        .map(([pt, sequence, timestamp, ssrc, payload]) => {
          const bytes = new Uint8Array(12 + payload.length)
          writeRtpHeader(bytes, pt, false, sequence, timestamp, ssrc)
          bytes.set(payload, 12)
          return bytes
        }),
    )
    const step = fc.tuple(fc.nat(300), packet, fc.nat(20))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const b = new Bench()
        let now = 0
        for (const [wait, bytes, more] of steps) {
          now += wait
          if (more > 3) b.until(now)
          if (more === 2) b.inbound.setMuted(wait % 2 === 0)
          b.inbound.packet(bytes, bytes.length, now)
        }
        b.until(now + 1000)
        expect(b.frames.length).toBeLessThanOrEqual((now + 1000) / 20 + 25)
      }),
      { numRuns: 150 },
    )
  })
})
