import { describe, expect, test } from 'vitest'
import { writeRtpHeader } from '#runtime/rtp/header.ts'
import { toAlaw, toUlaw } from '#simulators/speech/g711.ts'
import { Ear } from './ear.ts'
import { Recording } from './recording.ts'

const CODEC = { payloadType: 0, law: 'PCMU', eventPayloadType: 101 } as const

function setUp() {
  const recording = new Recording(0)
  const keys: string[] = []
  const ear = new Ear(CODEC, { recording, onDigit: digit => keys.push(digit) })
  return { recording, keys, ear }
}

/** 20 ms of one level. */
function packet(n: number, level: number, more: { ssrc?: number; type?: number; base?: number } = {}): Uint8Array {
  const { ssrc = 7, type = 0, base = 0xffff_ff00 } = more
  const out = new Uint8Array(172)
  writeRtpHeader(out, type, n === 0, (65_535 + n) & 0xffff, (base + n * 160) >>> 0, ssrc)
  out.fill(type === 8 ? toAlaw(level) : toUlaw(level), 12)
  return out
}

/** `level×samples` in a row. */
function runs(samples: Int16Array): string {
  const out: [number, number][] = []
  for (const x of samples) {
    const level = Math.round(x / 500) * 500
    const last = out.at(-1)
    if (last?.[0] === level) last[1]++
    else out.push([level, 1])
  }
  return out.map(([level, count]) => `${level}×${count}`).join(' ')
}

describe('what arrives is placed', () => {
  test('by its timestamp, over the wrap, from the moment the first packet came', () => {
    const { recording, ear } = setUp()
    ;[100, 120, 140].forEach((t, n) => ear.packet(packet(n, 1000 * (n + 1)), t))
    expect(runs(recording.side('agent'))).toBe('0×800 1000×160 2000×160 3000×160')
  })

  test('in its place however late it is, and in whatever order', () => {
    const { recording, ear } = setUp()
    for (const [n, t] of [
      [0, 100],
      [2, 145],
      [1, 150],
      [3, 199],
    ] as const)
      ear.packet(packet(n, 1000 * (n + 1)), t)
    expect(runs(recording.side('agent'))).toBe('0×800 1000×160 2000×160 3000×160 4000×160')
    expect(ear.clockSets).toBe(0)
  })

  test('with silence where a packet was lost', () => {
    const { recording, ear } = setUp()
    ear.packet(packet(0, 1000), 100)
    ear.packet(packet(2, 1000), 140)
    expect(runs(recording.side('agent'))).toBe('0×800 1000×160 0×160 1000×160')
  })

  test('earlier from the packet on that came earlier: the first one was the late one', () => {
    const { recording, ear } = setUp()
    ear.packet(packet(0, 1000), 130)
    ear.packet(packet(1, 2000), 130)
    ear.packet(packet(2, 3000), 150)
    expect(ear.clockSets).toBe(1)
    expect(runs(recording.side('agent'))).toBe('0×1040 2000×160 3000×160')
  })

  test('anew when the stream or its clock begins anew', () => {
    const { recording, ear } = setUp()
    ear.packet(packet(0, 1000), 100)
    ear.packet(packet(1, 2000, { ssrc: 8, base: 5_000_000 }), 200)
    ear.packet(packet(2, 3000, { ssrc: 8, base: 9_000_000 }), 300)
    expect(runs(recording.side('agent'))).toBe('0×800 1000×160 0×640 2000×160 0×640 3000×160')
  })

  test('later for good when nothing comes as quickly any more', () => {
    const { recording, ear } = setUp()
    for (let n = 0; n < 50; n++) ear.packet(packet(n, 1000), 100 + n * 20)
    for (let n = 50; n < 400; n++) ear.packet(packet(n, 2000), 150 + n * 20)
    expect(ear.clockSets).toBe(1)
    expect(recording.length).toBe(recording.sampleAt(150 + 400 * 20))
  })
})

test('both static laws are understood, noise and strangers are not', () => {
  const { recording, ear } = setUp()
  ear.packet(packet(0, 3000, { type: 8 }), 100)
  ear.packet(packet(1, 3000, { type: 13 }), 120)
  ear.packet(Uint8Array.of(1, 2, 3), 120)
  expect(runs(recording.side('agent'))).toBe('0×800 3000×160')
  expect(ear.packets).toBe(1)
})

test('keys are heard as keys, once', () => {
  const { recording, keys, ear } = setUp()
  for (const end of [0, 0, 0x80, 0x80, 0x80]) {
    const out = new Uint8Array(16)
    writeRtpHeader(out, 101, false, 1, 400, 7)
    out.set([5, end, 3, 32], 12)
    ear.packet(out, 100)
  }
  expect(keys).toEqual(['5'])
  expect(recording.length).toBe(0)
})
