import { describe, expect, it } from 'vitest'
import { converterOf } from '#runtime/media/g711.ts'
import { Bench } from './testing/inbound-bench.ts'

const SILENCE = 0xff

describe('a clean line', () => {
  it.each([0, 3, 19])('passes each packet at once, byte by byte, when the clocks are %i ms apart', offset => {
    const b = new Bench()
    for (let k = 0; k < 100; k++) {
      b.until(offset + k * 20)
      b.packet(k)
      expect(b.frames.at(-1)).toMatchObject({ at: offset + k * 20 })
    }
    expect(b.values.slice(-100)).toEqual(Array.from({ length: 100 }, (_, k) => (k + 1) & 0x7f))
    expect(b.inbound.statistics.lossFraction).toBe(0)
    expect(b.inbound.figures.concealedMs).toBe(0)
  })

  it.each([10, 20, 30, 40, 60])('cuts packets of %i ms into frames of 20 ms', ptime => {
    const b = new Bench('PCMU', null)
    for (let k = 0; k * ptime < 1200; k++) {
      b.packet(k, k * ptime, { samples: ptime * 8, value: 3 })
      b.until(k * ptime)
    }
    expect(b.frames).toHaveLength(60)
    expect(new Set(b.values)).toEqual(new Set([3]))
  })

  it('converts to the law of the session, and follows a change in mid-call', () => {
    const b = new Bench('PCMA')
    b.packet(0, 0, { value: 0x12 })
    b.packet(1, 20, { pt: 8, value: 0x34 })
    expect(b.values).toEqual([converterOf('PCMU', 'PCMA')[0x12], 0x34])
  })
})

describe('disorder', () => {
  it('puts packets back in order within 60 ms, without concealment', () => {
    const b = new Bench()
    for (const [at, k] of [
      [0, 0],
      [20, 2],
      [40, 1],
      [60, 3],
    ] as const) {
      b.until(at)
      b.packet(k)
    }
    expect(b.values).toEqual([1, 2, 3, 4])
    expect(b.frames.map(f => f.at)).toEqual([0, 40, 40, 60])
  })

  it('waits 60 ms for a lost packet and no longer, then conceals it', () => {
    const b = new Bench()
    for (let k = 0; k < 10; k++) {
      b.until(k * 20)
      if (k !== 2) b.packet(k, k * 20, { value: 0x10 })
    }
    b.until(200)
    expect(b.frames).toHaveLength(10)
    expect(b.frames[2]!.at).toBe(120)
    expect(b.frames[2]!.audio).not.toEqual(b.frames[1]!.audio)
    expect(b.frames[2]!.audio[0]).toBe(0x10)
    expect(b.inbound.figures.concealedMs).toBe(20)
  })

  it('plays duplicates once and drops what comes after its time', () => {
    const b = new Bench()
    for (const [at, k] of [
      [0, 0],
      [0, 0],
      [20, 1],
      [22, 1],
      [40, 3],
      [100, 4],
      [110, 2],
      [120, 5],
    ] as const) {
      b.until(at)
      b.packet(k)
    }
    expect(b.values.filter(v => v !== -1)).toEqual([1, 2, 4, 5, 6])
    expect(b.inbound.counters).toMatchObject({ duplicate: 2, late: 1 })
  })

  it('is not disturbed by rubbish, other types, huge and empty packets', () => {
    const b = new Bench()
    b.packet(0)
    expect(b.inbound.packet(Uint8Array.of(1, 2, 3), 3, 0)).toBe(false)
    expect(b.packet(1, 5, { pt: 96 })).toBe(false)
    b.packet(1, 20, { samples: 0 })
    b.packet(2, 40, { samples: 1400, timestamp: b.firstTimestamp + 320 })
    b.packet(3, 60, { samples: 1, timestamp: b.firstTimestamp + 160 })
    expect(b.inbound.counters).toMatchObject({ malformed: 1, unknownType: 1, empty: 1, huge: 1 })
    b.until(500)
    expect(b.frames.length).toBeGreaterThanOrEqual(20)
  })
})

describe('pauses', () => {
  it('are filled by our clock, and end without delay (DTX)', () => {
    const b = new Bench()
    for (let k = 0; k < 50; k++) {
      b.until(k * 20)
      if (k < 5 || k >= 30) b.packet(k, k * 20, { sequence: b.firstSequence + (k < 5 ? k : k - 25) })
    }
    expect(b.frames).toHaveLength(50)
    expect(b.frames[30]).toMatchObject({ at: 600 })
    expect(b.values[30]).toBe(31)
    expect(b.values.slice(10, 30).every(v => v === SILENCE)).toBe(true)
    expect(b.inbound.statistics.lossFraction).toBe(0)
  })

  it('begin before the first packet and never lag by more than 80 ms', () => {
    const b = new Bench()
    for (let t = 0; t < 3000; t += 20) {
      b.until(t)
      expect(b.frames.length * 20).toBeGreaterThanOrEqual(t - 80)
      expect(b.frames.length * 20).toBeLessThanOrEqual(t)
    }
  })

  it('sound as loud as the peer says its background is, within reason', () => {
    const b = new Bench()
    b.packet(0)
    const noise = (level: number): void => {
      b.packet(1, 20, {
        pt: 13,
        samples: 1,
        value: level,
        timestamp: b.firstTimestamp + 160,
        sequence: b.firstSequence + level,
      })
    }
    noise(50)
    b.until(1000)
    expect(new Set(b.frames.at(-1)?.audio).size).toBeGreaterThan(10)
    noise(127)
    b.until(2000)
    expect(b.values.at(-1)).toBe(SILENCE)
  })

  it('of hold are silence though packets come, and keys are heard in them', () => {
    const b = new Bench()
    b.packet(0)
    b.inbound.setMuted(true)
    for (let k = 1; k < 20; k++) {
      b.until(k * 20)
      b.packet(k)
    }
    b.key(20, 3200, 5, 800, true)
    b.inbound.setMuted(false)
    b.until(420)
    b.packet(21)
    expect(b.values.slice(1, -1).every(v => v === SILENCE)).toBe(true)
    expect(b.values.at(-1)).toBe(22)
    expect(b.frames.length).toBeGreaterThanOrEqual(21)
    expect(b.digits.map(d => d[0])).toEqual(['5'])
  })
})

describe('keys', () => {
  it('come out once, with their length; the hole they leave in the audio is no loss', () => {
    const b = new Bench()
    let sequence = 0
    for (let k = 0; k < 30; k++) {
      b.until(k * 20)
      if (k >= 10 && k < 18) b.key(sequence++, 1600, 9, Math.min(800, (k - 9) * 160), k >= 14)
      else b.packet(k, k * 20, { sequence: b.firstSequence + sequence++ })
    }
    expect(b.digits.map(([d, ms]) => [d, ms])).toEqual([['9', 100]])
    expect(b.inbound.figures.concealedMs).toBe(0)
    expect(b.frames).toHaveLength(30)
    expect(b.values.at(-1)).toBe(30)
  })
})

describe('changes of the stream', () => {
  it('follows a new source from its first packet, and not a stray one', () => {
    const b = new Bench()
    for (let k = 0; k < 5; k++) b.packet(k, k * 20)
    b.ssrc = 99
    b.packet(0, 100, { sequence: 5, timestamp: 777, value: 0x40 })
    expect(b.frames).toHaveLength(5)
    b.packet(0, 120, { sequence: 6, timestamp: 937, value: 0x41 })
    expect(b.values).toEqual([1, 2, 3, 4, 5, 0x40, 0x41])
    expect(b.inbound.ssrc).toBe(99)
    b.ssrc = 1234
    b.packet(0, 130, { sequence: 60, timestamp: 5, value: 0x50 })
    b.ssrc = 99
    b.packet(0, 140, { sequence: 7, timestamp: 1097, value: 0x42 })
    expect(b.values.at(-1)).toBe(0x42)
  })

  it.each([1e6, -1e6, 16_000])('goes on at once when the timestamp jumps by %i', jump => {
    const b = new Bench()
    for (let k = 0; k < 20; k++) {
      b.until(k * 20)
      b.packet(k, k * 20, { timestamp: (b.firstTimestamp + k * 160 + (k >= 10 ? jump : 0)) >>> 0 })
    }
    expect(b.values).toEqual(Array.from({ length: 20 }, (_, k) => k + 1))
  })

  it('takes a longer path as the new normal', () => {
    const b = new Bench()
    for (let k = 0; k < 20; k++) {
      b.until(k * 20)
      b.packet(k)
    }
    for (let k = 20; k < 60; k++) {
      b.until(k * 20 + 500)
      b.packet(k, k * 20 + 500)
    }
    expect(b.values.at(-1)).toBe(60)
    expect(b.values.slice(-20)).toEqual(Array.from({ length: 20 }, (_, k) => k + 41))
    expect(Math.abs(b.frames.length - 84)).toBeLessThanOrEqual(10)
  })
})

describe('stalls', () => {
  it('of the net: what is 200 ms old or less is played, older is dropped, never a burst', () => {
    const b = new Bench()
    for (let k = 0; k < 10; k++) {
      b.until(k * 20)
      b.packet(k)
    }
    b.until(700)
    const before = b.frames.length
    for (let k = 10; k < 36; k++) b.packet(k, 700)
    expect(b.frames.length - before).toBeLessThanOrEqual(15)
    expect(b.values.at(-1)).toBe(36)
    expect(b.inbound.counters.stale).toBeGreaterThan(10)
  })

  it('of our own: the same, and the lost time is not made up with silence', () => {
    const b = new Bench()
    for (let k = 0; k < 10; k++) {
      b.until(k * 20)
      b.packet(k)
    }
    b.stall(1200)
    b.until(1200)
    expect(b.frames).toHaveLength(10)
    for (let k = 10; k < 61; k++) b.packet(k, 1201)
    expect(b.frames.length).toBeLessThanOrEqual(22)
    expect(b.values.at(-1)).toBe(61)
    b.until(1220)
    b.packet(61)
    expect(b.frames.at(-1)).toMatchObject({ at: 1220 })
    expect(b.inbound.figures.skippedMs).toBeGreaterThan(700)
  })

  it('of our own with nobody sending are not followed by a burst of silence', () => {
    const b = new Bench()
    b.until(1000)
    const before = b.frames.length
    b.stall(9000)
    b.until(9100)
    expect(b.frames.length - before).toBeLessThanOrEqual(16)
  })
})
