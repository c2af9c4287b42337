import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRtcp } from './demux.ts'
import { mos, mosOfRating } from './mos.ts'
import { ntpFraction, ntpMiddle, ntpSeconds, roundTripMs } from './ntp.ts'
import { ReceiveStatistics } from './receive-statistics.ts'
import { Reports } from './reports.ts'
import { parseRtcp } from './rtcp.ts'
import { RTCP_MAX_BYTES, rtcpIntervalMs, writeRtcp } from './rtcp-writer.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))

describe('RTCP', () => {
  const block = {
    ssrc: 0x11223344,
    fractionLost: 26,
    cumulativeLost: -3,
    extendedHighest: 0x10007,
    jitter: 90,
    lastSenderReport: 0xb44db705,
    delaySince: 0x54000,
  }

  it('parses SR with a block, SDES and BYE', () => {
    const compound = bytes(`
      81c8000c deadbeef b44db705 20000000 00000640 0000000a 00000640
        11223344 1afffffd 00010007 0000005a b44db705 00054000
      81ca0003 deadbeef 01046a6f 65400000
      81cb0001 deadbeef`)
    expect(parseRtcp(compound, compound.length)).toEqual([
      {
        type: 'report',
        ssrc: 0xdeadbeef,
        sender: { ntpMiddle: 0xb7052000, timestamp: 1600, packets: 10, octets: 1600 },
        blocks: [block],
      },
      { type: 'sdes', ssrc: 0xdeadbeef, cname: 'joe@' },
      { type: 'bye', ssrcs: [0xdeadbeef] },
    ])
  })

  it('steps over extended reports and feedback', () => {
    const compound = bytes('80c90001 00000001 81cf0002 00000001 00000000 81cd0002 00000001 00000002')
    expect(parseRtcp(compound, compound.length)).toEqual([{ type: 'report', ssrc: 1, sender: null, blocks: [] }])
  })

  it.each([
    ['RTP', '80000001 00000001 00000002'],
    ['begins with SDES', '81ca0001 00000001'],
    ['length beyond the end', '80c90002 00000001'],
    ['version 1', '40c90001 00000001'],
    ['rubbish behind', '80c90001 00000001 ffff'],
  ])('takes nothing of: %s', (_, hex) => {
    const b = bytes(hex)
    expect(parseRtcp(b, b.length)).toEqual([])
  })

  it('writes the bytes it should', () => {
    const out = new Uint8Array(RTCP_MAX_BYTES)
    const n = writeRtcp(out, { ssrc: 0xdeadbeef, cname: 'joe', sender: null, block, bye: true })
    expect(Buffer.from(out.subarray(0, n)).toString('hex')).toBe(
      '81c90007deadbeef112233441afffffd000100070000005ab44db70500054000' +
        '81ca0003deadbeef01036a6f65000000' +
        '81cb0001deadbeef',
    )
  })

  it('reads what it wrote', () => {
    const out = new Uint8Array(RTCP_MAX_BYTES)
    const uint32 = fc.nat(0xffffffff)
    const blocks = fc.record({
      ssrc: uint32,
      fractionLost: fc.nat(255),
      cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
      extendedHighest: uint32,
      jitter: uint32,
      lastSenderReport: uint32,
      delaySince: uint32,
    })
    fc.assert(
      fc.property(
        uint32,
        fc.option(blocks),
        fc.boolean(),
        fc.stringMatching(/^[a-z@]{0,255}$/),
        (ssrc, b, sends, cname) => {
          const sender = sends ? { unixMs: 1_700_000_000_123, timestamp: 5, packets: 6, octets: 7 } : null
          const n = writeRtcp(out, { ssrc, cname, sender, block: b })
          expect(isRtcp(out, n)).toBe(true)
          const [report, sdes] = parseRtcp(out, n)
          expect(report).toEqual({
            type: 'report',
            ssrc,
            blocks: b ? [b] : [],
            sender: sends ? { ntpMiddle: ntpMiddle(1_700_000_000_123), timestamp: 5, packets: 6, octets: 7 } : null,
          })
          expect(sdes).toEqual({ type: 'sdes', ssrc, cname })
        },
      ),
    )
  })

  it('never throws, whatever comes', () => {
    const head = fc.constantFrom(bytes('81c80006'), bytes('80c90001'), bytes('9fc9ffff'), bytes('81ca0002'))
    fc.assert(
      fc.property(fc.array(fc.tuple(head, fc.uint8Array({ maxLength: 60 })), { maxLength: 4 }), parts => {
        const all = Uint8Array.from(parts.flatMap(([h, body]) => [...h, ...body]))
        expect(Array.isArray(parseRtcp(all, all.length))).toBe(true)
      }),
    )
  })

  it('tells RTCP from RTP on one port', () => {
    expect(isRtcp(bytes('80c90001 00000001'), 8)).toBe(true)
    expect(isRtcp(bytes('80800001 00000001 00000001'), 12)).toBe(false)
    expect(isRtcp(bytes('80650001 00000001 00000001'), 12)).toBe(false)
  })

  it('spreads reports over 2.5 to 7.5 s', () => {
    expect([rtcpIntervalMs(0), rtcpIntervalMs(1)]).toEqual([2500, 7500])
  })
})

describe('round trip', () => {
  // The example of RFC 3550 §6.4.1, figure 2: A = b710:8000, LSR b705:2000, DLSR 5.25 s; round trip 6.125 s.
  it('is the example of the RFC', () => {
    const arrival = 0xb44d_b710 + 0.5 - 2_208_988_800
    expect(ntpMiddle(arrival * 1000)).toBe(0xb710_8000)
    expect(roundTripMs(arrival * 1000, 0xb705_2000, 5.25 * 65_536)).toBe(6125)
  })
  it('knows nothing without a sender report, or from nonsense', () => {
    expect(roundTripMs(1e12, 0, 0)).toBeNull()
    expect(roundTripMs(1e12, ntpMiddle(1e12 + 5000), 0)).toBeNull()
  })
  it('counts NTP from 1900', () => {
    expect(ntpSeconds(0)).toBe(2_208_988_800)
    expect(ntpFraction(1500)).toBe(0x8000_0000)
  })
})

describe('Reports', () => {
  it('gives both ends the loss, jitter and round trip of a 100 ms line', () => {
    const unix = 1_700_000_000_000
    const end = (ssrc: number, peer: number): { statistics: ReceiveStatistics; reports: Reports } => {
      const statistics = new ReceiveStatistics()
      statistics.start(0)
      for (let i = 0; i < 100; i++) if (i % 10 !== 5) statistics.receive(i, i * 160, i * 20, true)
      const sending = { ssrc, packets: 100, octets: 16_000, timestampAt: (now: number) => now * 8 }
      return { statistics, reports: new Reports('x', sending, { ssrc: peer, statistics }) }
    }
    const [a, b] = [end(1, 2), end(2, 1)]
    const out = new Uint8Array(RTCP_MAX_BYTES)
    const say = (from: typeof a, to: typeof b, at: number): boolean =>
      to.reports.read(out, from.reports.write(out, at, unix + at), at + 50, unix + at + 50)
    expect(say(a, b, 1000)).toBe(true)
    expect(a.reports.quality()).toMatchObject({ lossOut: null, roundTripMs: null })
    say(b, a, 3000)
    expect(a.reports.quality().roundTripMs).toBeCloseTo(100, 0)
    expect(a.reports.quality().lossOut).toBeCloseTo(0.1, 1)
    expect(a.reports.quality().lossIn).toBeCloseTo(0.1, 2)
    expect(a.reports.quality().mos).toBeLessThan(3.5)
  })

  it('is no sender when nothing was sent since, and sees the peer leave', () => {
    const statistics = new ReceiveStatistics()
    const reports = new Reports(
      'x',
      { ssrc: 1, packets: 5, octets: 800, timestampAt: () => 0 },
      { ssrc: 2, statistics },
    )
    const out = new Uint8Array(RTCP_MAX_BYTES)
    expect(parseRtcp(out, reports.write(out, 0, 0))[0]).toMatchObject({ sender: { packets: 5 } })
    expect(parseRtcp(out, reports.write(out, 0, 0))[0]).toMatchObject({ sender: null })
    reports.read(out, writeRtcp(out, { ssrc: 2, cname: '', sender: null, block: null, bye: true }), 0, 0)
    expect(reports.peerLeft).toBe(true)
  })
})

describe('MOS', () => {
  // ITU-T G.107 annex B: R to MOS.
  it.each([
    [93.2, 4.41],
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
    [0, 1],
    [110, 4.5],
  ])('of rating %f is %f', (r, expected) => {
    expect(Math.abs(mosOfRating(r) - expected)).toBeLessThan(0.01)
  })
  it('falls with loss, jitter and delay', () => {
    const clean = mos({ loss: 0, jitterMs: 0, roundTripMs: 0 })
    expect(clean).toBeCloseTo(4.4, 1)
    expect(mos({ loss: 0.05, jitterMs: 0, roundTripMs: 0 })).toBeLessThan(clean - 0.4)
    expect(mos({ loss: 0, jitterMs: 0, roundTripMs: 800 })).toBeLessThan(clean - 0.7)
    expect(mos({ loss: 0, jitterMs: 100, roundTripMs: null })).toBeLessThan(clean)
    expect(mos({ loss: 1, jitterMs: 0, roundTripMs: 0 })).toBeLessThan(1.5)
  })
})
