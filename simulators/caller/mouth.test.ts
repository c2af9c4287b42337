import { describe, expect, test } from 'vitest'
import { newRtpHeader, parseRtp, type RtpHeader } from '#runtime/rtp/header.ts'
import { expand } from '#simulators/speech/g711.ts'
import { Mouth, type MouthCodec } from './mouth.ts'

const CODEC: MouthCodec = { law: 'PCMU', payloadType: 0, eventPayloadType: 101 }

function setUp(codec: MouthCodec = CODEC) {
  const log: string[] = []
  const mouth = new Mouth(codec, () => 0.5, {
    onSay: (what, sample) => log.push(`say ${what} at ${sample}`),
    onSaid: (what, from, to) => log.push(`said ${what} ${from}-${to}`),
    onKey: (digit, sample) => log.push(`key ${digit} at ${sample}`),
  })
  const recorded: number[] = []
  let sample = 0
  /** Sends so many packets. */
  const run = (count: number, muted = false): { header: RtpHeader; payload: Uint8Array }[] => {
    const out: { header: RtpHeader; payload: Uint8Array }[] = []
    for (let i = 0; i < count; i++, sample += 160) {
      const packet = mouth.next(
        sample,
        () => undefined,
        frame => recorded.push(...frame),
        muted,
      )
      if (packet === null) continue
      const header = newRtpHeader()
      expect(parseRtp(packet, packet.length, header)).toBe(true)
      out.push({ header, payload: packet.slice(header.payloadStart, header.payloadEnd) })
    }
    return out
  }
  return { mouth, log, recorded, run }
}

const speech = (what: string, samples: number) => ({ what, samples: new Int16Array(samples).fill(4000) })

describe('speech', () => {
  test('goes out in packets without a gap, one clip after another in mid-packet', () => {
    const { mouth, log, recorded, run } = setUp()
    mouth.say(speech('a', 200))
    mouth.say(speech('b', 100))
    const packets = run(3)
    expect(log).toEqual(['say a at 0', 'said a 0-200', 'say b at 200', 'said b 200-300'])
    expect(packets.map(p => p.header.sequence)).toEqual([32_768, 32_769, 32_770])
    expect(packets.map(p => p.header.timestamp - 2 ** 31)).toEqual([0, 160, 320])
    expect(packets.map(p => p.header.marker)).toEqual([true, false, false])
    expect(recorded.slice(0, 300).every(x => Math.abs(x - 4000) < 100)).toBe(true)
    expect(recorded.slice(300).every(x => x === 0)).toBe(true)
    expect(mouth.busy).toBe(false)
  })

  test('is recorded as it is sent, in the law of the call', () => {
    const { mouth, recorded, run } = setUp({ law: 'PCMA', payloadType: 8, eventPayloadType: null })
    mouth.say(speech('a', 320))
    const packets = run(2)
    expect(packets.every(p => p.header.payloadType === 8)).toBe(true)
    expect(packets.flatMap(p => [...expand('alaw', p.payload)])).toEqual(recorded)
  })

  test('waits while the call is held, and the clock runs on', () => {
    const { mouth, log, run } = setUp()
    mouth.say(speech('a', 160))
    expect(run(2, true)).toEqual([])
    const [packet] = run(1)
    expect(log).toEqual(['say a at 320', 'said a 320-480'])
    expect(packet?.header.timestamp).toBe(2 ** 31 + 320)
    expect(packet?.header.marker).toBe(true)
  })

  test('stops in mid-word when hushed, and is bounded', () => {
    const { mouth, run } = setUp()
    mouth.say(speech('a', 16_000))
    run(1)
    mouth.hush()
    expect(mouth.busy).toBe(false)
    for (let i = 0; i < 64; i++) expect(mouth.say(speech('a', 1))).toBe(true)
    expect(mouth.say(speech('a', 1))).toBe(false)
  })
})

describe('keys', () => {
  test('are events beside the sound: begin, end thrice, and a pause before the next', () => {
    const { mouth, log, run } = setUp()
    expect(mouth.press('4#')).toBe(true)
    const events = run(40).filter(p => p.header.payloadType === 101)
    expect(log.map(line => line.slice(0, 5))).toEqual(['key 4', 'key #'])
    expect(events.filter(p => p.payload[0] === 4 && (p.payload[1] ?? 0) & 0x80)).toHaveLength(3)
    expect(events.filter(p => p.payload[0] === 11 && (p.payload[1] ?? 0) & 0x80)).toHaveLength(3)
    expect(new Set(events.map(p => p.header.timestamp)).size).toBe(2)
    expect(mouth.busy).toBe(false)
  })

  test('that are none, or that the other side does not take, are refused', () => {
    const { mouth } = setUp()
    expect(mouth.press('12x')).toBe(false)
    expect(setUp({ ...CODEC, eventPayloadType: null }).mouth.press('1')).toBe(false)
    expect(mouth.busy).toBe(false)
  })
})
