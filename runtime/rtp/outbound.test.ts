import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { converterOf } from '#runtime/media/g711.ts'
import { FramePlayout } from '#runtime/media/playout.ts'
import { newRtpHeader, parseRtp, type RtpHeader } from './header.ts'
import { Outbound, type OutboundCodec, type OutboundMode } from './outbound.ts'

const CODEC: OutboundCodec = { payloadType: 0, law: 'PCMU', eventPayloadType: 101 }

type Packet = RtpHeader & { payload: number[]; tick: number }

class Bench {
  readonly playout = new FramePlayout({ format: { encoding: 'pcmu', rateHz: 8000 } })
  readonly outbound: Outbound
  readonly packets: Packet[] = []
  #tick = 0

  constructor(codec: OutboundCodec = CODEC) {
    this.outbound = new Outbound({ law: 'PCMU', codec, ssrc: 0xcafe_babe, sequence: 65_534, timestamp: 0xffff_ff00 })
  }

  /** `n` ticks of 20 ms. */
  run(n: number, skippedMs = 0): this {
    const out = new Uint8Array(500)
    this.#tick += skippedMs / 20
    for (const end = this.#tick + n; this.#tick < end; this.#tick++) {
      this.outbound.tick(this.#tick * 20)
      for (let length = 1; length > 0; ) {
        length = this.outbound.fill(this.#tick * 20, this.playout, out)
        const header = newRtpHeader()
        if (parseRtp(out, length, header)) {
          this.packets.push({ ...header, payload: [...out.subarray(12, length)], tick: this.#tick })
        }
      }
    }
    return this
  }
}

const audio = (n: number, value: number): Uint8Array => new Uint8Array(n).fill(value)

describe('Outbound', () => {
  it('sends a packet per 20 ms, audio or silence, over the wraps; marks the first', () => {
    const b = new Bench()
    b.playout.append(0, 'a', audio(400, 5))
    b.run(5)
    expect(b.packets.map(p => p.sequence)).toEqual([65_534, 65_535, 0, 1, 2])
    expect(b.packets.map(p => p.timestamp)).toEqual([0xffff_ff00, 0xffff_ffa0, 0x40, 0xe0, 0x180])
    expect(b.packets.map(p => p.marker)).toEqual([true, false, false, false, false])
    expect(b.packets.map(p => p.payload.filter(x => x === 5).length)).toEqual([160, 160, 80, 0, 0])
    expect(b.packets.every(p => p.payload.length === 160 && p.ssrc === 0xcafe_babe)).toBe(true)
    expect([b.outbound.packets, b.outbound.octets]).toEqual([5, 800])
  })

  it.each([
    [10, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]],
    [30, [1, 2, 4, 5]],
    [40, [1, 3, 5]],
    [60, [2, 5]],
    [25, [0, 1, 2, 3, 4, 5]],
  ])('obeys a packet time of %i ms', (ptimeMs, ticks) => {
    const b = new Bench({ ...CODEC, ptimeMs })
    const samples = ptimeMs === 25 ? 160 : ptimeMs * 8
    b.playout.append(
      0,
      'a',
      Uint8Array.from({ length: 960 }, (_, i) => i % 251),
    )
    b.run(6)
    expect(b.packets.map(p => p.tick)).toEqual(ticks)
    expect(b.packets.every(p => p.payload.length === samples)).toBe(true)
    expect(b.packets.map(p => (p.timestamp - 0xffff_ff00) >>> 0)).toEqual(ticks.map((_, i) => i * samples))
    expect(b.packets.flatMap(p => p.payload)).toEqual(Array.from({ length: ticks.length * samples }, (_, i) => i % 251))
  })

  it('counts as heard only what is in a packet, also when packets are long', () => {
    const b = new Bench({ ...CODEC, ptimeMs: 60 })
    b.playout.append(0, 'a', audio(1600, 1))
    b.run(5)
    expect(b.packets).toHaveLength(1)
    expect(b.playout.flush()[0]?.ms).toBe(60)
  })

  it('converts to the law of the wire, and follows a change in mid-call', () => {
    const b = new Bench()
    b.playout.append(0, 'a', audio(320, 0x21))
    b.run(1)
    b.outbound.setCodec({ payloadType: 8, law: 'PCMA' })
    b.run(1)
    expect(b.packets.map(p => [p.payloadType, p.payload[0]])).toEqual([
      [0, 0x21],
      [8, converterOf('PCMU', 'PCMA')[0x21]],
    ])
  })

  it('sends nothing when off, silence when asked, and loses no audio by either', () => {
    const b = new Bench()
    b.playout.append(0, 'a', audio(320, 9))
    b.run(1)
    b.outbound.setMode('off')
    b.run(3)
    b.outbound.setMode('silence')
    b.run(1)
    b.outbound.setMode('audio')
    b.run(1)
    expect(b.packets.map(p => [p.tick, p.sequence, (p.timestamp - 0xffff_ff00) >>> 0, p.marker, p.payload[0]])).toEqual(
      [
        [0, 65_534, 0, true, 9],
        [4, 65_535, 640, true, 0xff],
        [5, 0, 800, false, 9],
      ],
    )
  })

  it('moves its clock on after a stall, and sends nothing twice as fast', () => {
    const b = new Bench().run(2).run(2, 500)
    expect(b.packets.map(p => [p.tick, (p.timestamp - 0xffff_ff00) >>> 0, p.marker])).toEqual([
      [0, 0, true],
      [1, 160, false],
      [27, 27 * 160, true],
      [28, 28 * 160, false],
    ])
  })

  it('says keys between the audio: frozen timestamps, marks, three ends, and the right time after', () => {
    const b = new Bench()
    b.playout.append(0, 'a', audio(16_000, 4))
    b.run(1)
    expect(b.outbound.sendDigits('1#', { toneMs: 60, gapMs: 60 })).toBe(true)
    b.run(12)
    expect(b.outbound.sendingDigits).toBe(false)
    b.run(1)
    const said = b.packets.map(p => [
      p.payloadType,
      (p.timestamp - 0xffff_ff00) >>> 0,
      p.marker,
      ...(p.payloadType === 101 ? [p.payload[0], p.payload[1]! >> 7] : []),
    ])
    const event = (at: number, key: number): unknown[] => [0, 0, 1, 1, 1].map((end, i) => [101, at, i === 0, key, end])
    expect(said).toEqual([
      [0, 0, true],
      ...event(160, 1),
      [0, 960, true],
      ...event(1120, 11),
      [0, 1920, true],
      [0, 2080, false],
    ])
    expect(b.packets.map(p => p.sequence)).toEqual(b.packets.map((_, i) => (65_534 + i) & 0xffff))
    expect(b.packets[6]?.payload[0]).toBe(0xff)
    expect(b.playout.snapshot().items[0]?.ms).toBe(40)
  })

  it('sends no keys to a peer that takes none', () => {
    expect(new Bench({ payloadType: 0, law: 'PCMU' }).outbound.sendDigits('1')).toBe(false)
  })

  it('knows the timestamp of a moment for reports', () => {
    const b = new Bench().run(3)
    expect(b.outbound.timestampAt(45)).toBe((0xffff_ff00 + 3 * 160 + 40) >>> 0)
  })

  it('keeps sequence without holes and timestamps on our clock, whatever is done to it', () => {
    const step = fc.oneof(
      fc.record({ mode: fc.constantFrom<OutboundMode>('audio', 'silence', 'off') }),
      fc.record({ ptimeMs: fc.constantFrom(10, 20, 30, 40, 60) }),
      fc.record({ digits: fc.constantFrom('1', '22', '#') }),
      fc.record({ run: fc.integer({ min: 1, max: 20 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        const b = new Bench()
        for (const s of steps) {
          if ('mode' in s) b.outbound.setMode(s.mode)
          else if ('ptimeMs' in s) b.outbound.setCodec({ ...CODEC, ptimeMs: s.ptimeMs })
          else if ('digits' in s) b.outbound.sendDigits(s.digits)
          else b.run(s.run)
        }
        expect(b.packets.map(p => p.sequence)).toEqual(b.packets.map((_, i) => (65_534 + i) & 0xffff))
        const off = b.packets
          .filter(p => p.payloadType === 0)
          .map(p => (p.tick + 1) * 160 - ((p.timestamp - 0xffff_ff00) >>> 0))
          .filter(behind => behind < 0 || behind > 960)
        expect(off).toEqual([])
      }),
    )
  })
})
