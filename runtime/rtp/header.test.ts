import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newRtpHeader, parseRtp, writeRtpHeader } from './header.ts'
import { sequenceAdd, sequenceDelta, timestampAdd, timestampDelta } from './sequence.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('RTP header', () => {
  it('parses a plain packet', () => {
    const header = newRtpHeader()
    expect(parseRtp(bytes('80 80 fffe ffffff60 deadbeef ffff'), 14, header)).toBe(true)
    expect(header).toEqual({
      payloadType: 0,
      marker: true,
      sequence: 65_534,
      timestamp: 0xffffff60,
      ssrc: 0xdeadbeef,
      payloadStart: 12,
      payloadEnd: 14,
    })
  })

  it('steps over CSRC, extension and padding', () => {
    const header = newRtpHeader()
    const packet = bytes('b2 08 0001 00000001 00000002 aaaaaaaa bbbbbbbb bede0001 11223344 d5d5d5 000003')
    expect(parseRtp(packet, packet.length, header)).toBe(true)
    expect([...packet.subarray(header.payloadStart, header.payloadEnd)]).toEqual([0xd5, 0xd5, 0xd5])
  })

  it.each([
    ['short', '80 00 0001 00000001 000000'],
    ['version 1', '40 00 0001 00000001 00000002 ff'],
    ['CSRC beyond the end', '83 00 0001 00000001 00000002 aaaaaaaa'],
    ['extension beyond the end', '90 00 0001 00000001 00000002 bede0009 00000000'],
    ['extension header cut', '90 00 0001 00000001 00000002 bede'],
    ['padding of 0', 'a0 00 0001 00000001 00000002 ff00'],
    ['padding larger than the payload', 'a0 00 0001 00000001 00000002 ff03'],
  ])('refuses: %s', (_, hex) => {
    const packet = bytes(hex)
    expect(parseRtp(packet, packet.length, newRtpHeader())).toBe(false)
  })

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(
        fc.nat(127),
        fc.boolean(),
        fc.nat(0xffff),
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        (pt, marker, seq, ts, ssrc) => {
          const out = new Uint8Array(13)
          const header = newRtpHeader()
          writeRtpHeader(out, pt, marker, seq, ts, ssrc)
          expect(parseRtp(out, 13, header)).toBe(true)
          expect(header).toEqual({
            payloadType: pt,
            marker,
            sequence: seq,
            timestamp: ts,
            ssrc,
            payloadStart: 12,
            payloadEnd: 13,
          })
        },
      ),
    )
  })

  it('never throws and never points outside, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 90 }), (packet, len) => {
        const header = newRtpHeader()
        if (!parseRtp(packet, len, header)) return
        expect(header.payloadStart).toBeLessThanOrEqual(header.payloadEnd)
        expect(header.payloadEnd).toBeLessThanOrEqual(packet.length)
      }),
    )
  })
})

describe('wrapping numbers', () => {
  it('knows what is newer over the wrap', () => {
    expect(sequenceDelta(2, 65_534)).toBe(4)
    expect(sequenceDelta(65_534, 2)).toBe(-4)
    expect(sequenceAdd(65_535, 2)).toBe(1)
    expect(timestampDelta(160, 0xffffff60)).toBe(320)
    expect(timestampDelta(0xffffff60, 160)).toBe(-320)
    expect(timestampAdd(0xffffff60, 320)).toBe(160)
  })
})
