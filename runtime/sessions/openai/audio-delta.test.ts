import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeAudio } from '../wire/audio-bytes.ts'
import { isAudioDelta, readAudioDelta } from './audio-delta.ts'

const AUDIO = Buffer.from(Array.from({ length: 64 }, (_, i) => i * 4)).toString('base64')
const VENDOR = `{"type":"response.output_audio.delta","event_id":"event_C1","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"${AUDIO}"}`
const READ = { response_id: 'resp_1', item_id: 'item_1', delta: AUDIO }

/** The fast path as the session takes it: what is not base64 throughout is left to the parser, too. */
function read(text: string): ReturnType<typeof readAudioDelta> {
  const delta = readAudioDelta(text)
  return delta === null || decodeAudio(delta.delta) === null ? null : delta
}

/** As the session decodes a message. */
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

describe('the fast path', () => {
  test('reads the vendor’s shape', () => {
    expect(read(VENDOR)).toEqual(READ)
  })

  test.each([
    [
      'other order',
      `{"delta":"${AUDIO}","item_id":"item_1","type":"response.output_audio.delta","response_id":"resp_1"}`,
    ],
    ['blanks', VENDOR.replaceAll(':', ' :\t').replaceAll(',', ' ,\r\n').replace('{', ' { ').replace(/\}$/, ' } ')],
    ['a member twice: the last counts', VENDOR.replace('{', '{"item_id":"other",')],
  ])('reads it with %s', (_name, text) => {
    expect(read(text)).toEqual(READ)
    expect(JSON.parse(text)).toMatchObject(READ)
  })

  test.each([
    ['another event', VENDOR.replace('output_audio.delta', 'output_text.delta')],
    ['its name inside another event', `{"type":"error","error":{"message":"response.output_audio.delta"}}`],
    ['an escape', VENDOR.replace('item_1', 'item\\u005f1')],
    ['an escaped slash in the audio', VENDOR.replace(AUDIO, 'AA\\/A')],
    ['an object inside', VENDOR.replace('"output_index":0', '"output_index":{"item_id":"x"}')],
    ['a null', VENDOR.replace('"resp_1"', 'null')],
    ['a number for an id', VENDOR.replace('"item_1"', '1')],
    ['an id beyond ASCII', latin1(VENDOR.replace('item_1', 'ítem'))],
    ['no id', VENDOR.replace('"item_id":"item_1",', '')],
    ['no audio', VENDOR.replace(`,"delta":"${AUDIO}"`, '')],
    ['what is not base64', VENDOR.replace(AUDIO, 'a b')],
    ['text after it', `${VENDOR}{}`],
    ['a trailing comma', VENDOR.replace('"}', '",}')],
    ['no end', VENDOR.slice(0, -1)],
    ['half of it', VENDOR.slice(0, 70)],
    ['a leading zero', VENDOR.replace('"output_index":0', '"output_index":00')],
    ['nothing', ''],
    ['an array', `[${VENDOR}]`],
  ])('leaves %s to the parser', (_name, text) => {
    expect(read(text)).toBeNull()
  })

  /** Mostly as it should be, sometimes not. */
  const mostly = <T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>) =>
    fc.oneof({ arbitrary: usual, weight: 9 }, { arbitrary: odd, weight: 1 })
  const members = fc.record(
    {
      type: mostly(fc.constant('response.output_audio.delta'), fc.constantFrom('response.done', 'x', 1)),
      response_id: mostly(fc.stringMatching(/^resp_\w+$/), fc.string({ unit: 'binary' })),
      item_id: mostly(fc.stringMatching(/^item_\w+$/), fc.oneof(fc.string({ unit: 'binary' }), fc.integer())),
      output_index: mostly(fc.nat(), fc.oneof(fc.double(), fc.jsonValue())),
      delta: mostly(
        fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes).toString('base64')),
        fc.string(),
      ),
      event_id: fc.stringMatching(/^event_\w+$/),
      obfuscation: fc.string({ unit: 'binary' }),
    },
    { requiredKeys: ['type', 'response_id', 'item_id', 'delta'] },
  )

  test('never says what JSON.parse would not', () => {
    let fast = 0
    fc.assert(
      fc.property(members, fc.boolean(), fc.constantFrom(0, 1), (event, backwards, indent) => {
        const entries = Object.entries(event)
        if (backwards) entries.reverse()
        const text = JSON.stringify(Object.fromEntries(entries), null, indent)
        const found = read(latin1(text))
        if (found === null) return
        fast += 1
        const parsed: unknown = JSON.parse(text)
        expect(isAudioDelta(parsed)).toBe(true)
        expect(parsed).toMatchObject(found)
      }),
      { numRuns: 2000 },
    )
    expect(fast).toBeGreaterThan(100)
  })

  test('with any one byte broken, it is read as JSON.parse reads it, or not at all', () => {
    const broken = fc
      .tuple(fc.nat(VENDOR.length - 1), fc.constantFrom('', '"', '{', '}', ',', ':', ' ', 'x', '0', '\\', '\u0001'))
      .map(([at, put]) => VENDOR.slice(0, at) + put + VENDOR.slice(at + 1))
    const agrees = (text: string): boolean => {
      const found = read(latin1(text))
      if (found === null) return true
      const parsed = JSON.parse(text) as typeof found
      return (
        parsed.delta === found.delta && parsed.item_id === found.item_id && parsed.response_id === found.response_id
      )
    }
    expect(fc.check(fc.property(broken, agrees), { numRuns: 3000 }).counterexample).toBeNull()
  })
})

describe('decoding', () => {
  test('any audio, of any length, the same as Node decodes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), bytes => {
        expect(Buffer.from(decodeAudio(Buffer.from(bytes).toString('base64')) ?? [])).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test.each([100_000, 300_000])('%i bytes at once', length => {
    const bytes = Buffer.alloc(length, 7)
    expect(Buffer.from(decodeAudio(bytes.toString('base64')) ?? [])).toEqual(bytes)
    expect(Buffer.from(decodeAudio('AQID') ?? [])).toEqual(Buffer.from([1, 2, 3]))
  })

  test.each(['a b', 'AAAA\u00e9AAA', 'AA"A', 'AAA\u0001', 'A=A=', '===='])('not base64: %j', text => {
    expect(decodeAudio(text)).toBeNull()
  })
})
