import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeRtpHeader } from '#runtime/rtp/header.ts'
import { converterOf } from './g711.ts'
import { Inbound } from './inbound.ts'
import type { InboundCodec } from './inbound-port.ts'

const CODEC: InboundCodec = {
  audio: [
    { payloadType: 0, law: 'PCMU' },
    { payloadType: 8, law: 'PCMA' },
  ],
  eventPayloadType: 101,
}
const SILENCE = 0xff

interface Frame {
  readonly at: number
  readonly audio: Uint8Array
}

/** A leg that is listened to: sends packets, runs the clock, keeps what came out. */
class Bench {
  readonly frames: Frame[] = []
  readonly digits: [string, number, number][] = []
  readonly inbound: Inbound
  ssrc = 7
  firstSequence = 65_500
  firstTimestamp = 0xffff_f000
  #clock: number
  #ticked = 0

  constructor(law: 'PCMU' | 'PCMA' = 'PCMU', startAt: number | null = 0) {
    this.inbound = new Inbound({
      law,
      codec: CODEC,
      listener: {
        onFrame: (frame, at) => this.frames.push({ at, audio: frame.slice() }),
        onDigit: (digit, ms, at) => this.digits.push([digit, ms, at]),
      },
    })
    this.#clock = startAt ?? 0
    this.#ticked = this.#clock
    if (startAt !== null) this.inbound.start(startAt)
  }

  /** Ticks every 5 ms until `to`. */
  until(to: number): void {
    for (; this.#ticked <= to; this.#ticked += 5) this.inbound.tick(this.#ticked)
    this.#clock = to
  }

  /** No tick comes until `to`. */
  stall(to: number): void {
    this.#ticked = to
    this.#clock = to
  }

  /** The k-th packet of the stream; every sample of it is k + 1, unless `value` says otherwise. */
  packet(
    k: number,
    at = this.#clock,
    options: { samples?: number; pt?: number; value?: number; sequence?: number; timestamp?: number } = {},
  ): boolean {
    const samples = options.samples ?? 160
    const bytes = new Uint8Array(12 + samples).fill(options.value ?? (k + 1) & 0x7f)
    writeRtpHeader(
      bytes,
      options.pt ?? 0,
      false,
      options.sequence ?? this.firstSequence + k,
      options.timestamp ?? this.firstTimestamp + k * samples,
      this.ssrc,
    )
    return this.inbound.packet(bytes, bytes.length, at)
  }

  key(sequence: number, timestamp: number, event: number, duration: number, end: boolean): void {
    const bytes = new Uint8Array(16)
    writeRtpHeader(bytes, 101, false, this.firstSequence + sequence, this.firstTimestamp + timestamp, this.ssrc)
    bytes.set([event, end ? 0x8a : 0x0a, duration >> 8, duration & 0xff], 12)
    this.inbound.packet(bytes, 16, this.#clock)
  }

  /** The value of each frame that is of one value only, −1 for others; silence as 255. */
  get values(): number[] {
    return this.frames.map(f => (f.audio.every(b => b === f.audio[0]) ? f.audio[0]! : -1))
  }
}

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
    expect(b.inbound.concealedMs).toBe(0)
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
    expect(b.inbound.concealedMs).toBe(20)
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
    expect(b.inbound.concealedMs).toBe(0)
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
    expect(b.inbound.skippedMs).toBeGreaterThan(700)
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
