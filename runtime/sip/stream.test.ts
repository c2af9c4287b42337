import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from './limits.ts'
import { SipStream } from './stream.ts'

const message = (body: string, name = 'Content-Length'): string =>
  `MESSAGE sip:h SIP/2.0\r\nTo: x\r\n${name}: ${body.length}\r\n\r\n${body}`
const push = (stream: SipStream, text: string): ReturnType<SipStream['push']> =>
  stream.push(Buffer.from(text, 'latin1'))

describe('SipStream', () => {
  it('finds the same messages however the stream is cut', () => {
    const all = [message(''), message('hello\r\n\r\nworld'), message('x'.repeat(2000), 'l')]
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (cuts, pings) => {
          const stream = new SipStream()
          const text = all.join(pings ? '\r\n\r\n' : '')
          const found: string[] = []
          let at = 0
          for (let i = 0; at < text.length; i++) {
            const size = cuts[i % cuts.length] as number
            const framed = push(stream, text.slice(at, at + size))
            expect(framed.fault).toBeNull()
            for (const each of framed.messages) found.push(Buffer.from(each).toString('latin1'))
            at += size
          }
          expect(found).toEqual(all)
          expect(stream.held).toBe(0)
        },
      ),
    )
  })

  it('counts keep-alives', () => {
    const stream = new SipStream()
    expect(push(stream, '\r\n\r\n').pings).toBe(1)
    expect(push(stream, '\r\n').pings).toBe(0)
    expect(push(stream, '\r\n').pings).toBe(1)
    expect(push(stream, `\r\n${message('a')}`).messages).toHaveLength(1)
  })

  it.each([
    ['no length', 'OPTIONS sip:h SIP/2.0\r\nTo: x\r\n\r\n', 'SB_SIP_FRAMING'],
    ['a word', 'OPTIONS sip:h SIP/2.0\r\nContent-Length: abc\r\n\r\n', 'SB_SIP_CONTENT_LENGTH'],
    ['a negative length', 'OPTIONS sip:h SIP/2.0\r\nContent-Length: -5\r\n\r\n', 'SB_SIP_CONTENT_LENGTH'],
    ['two lengths', 'OPTIONS sip:h SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\n', 'SB_SIP_CONTENT_LENGTH'],
    ['a huge length', 'OPTIONS sip:h SIP/2.0\r\nl: 99999999\r\n\r\n', 'SB_SIP_TOO_LARGE'],
    ['an endless head', `OPTIONS sip:h SIP/2.0\r\nX: ${'y'.repeat(LIMITS.head)}`, 'SB_SIP_TOO_LARGE'],
  ])('ends at %s, and stays ended', (_name, text, code) => {
    const stream = new SipStream()
    expect(push(stream, text).fault?.code).toBe(code)
    const after = push(stream, message('ok'))
    expect(after.messages).toHaveLength(0)
    expect(after.fault?.code).toBe(code)
    expect(stream.held).toBe(0)
  })

  it('never holds more than one message', () => {
    const stream = new SipStream()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), chunk => {
        stream.push(chunk)
        expect(stream.held).toBeLessThanOrEqual(LIMITS.message)
      }),
    )
  })
})
