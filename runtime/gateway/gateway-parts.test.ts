import { describe, expect, test } from 'vitest'
import { clipAddress, clipOf, wavOf } from './clips.ts'
import { readDialNews, readDialResult } from './dial-webhook.ts'
import { only, readForm } from './form.ts'
import { mintToken, readToken } from './media-token.ts'
import { PendingCalls, REMEMBERED_MS } from './pending-calls.ts'
import { isSigned, signatureOf } from './twilio-signature.ts'
import { connectTo, dialTo, lastWords, reject } from './twiml.ts'
import { readStatus, readVoice } from './voice-webhook.ts'

const KEY = Buffer.alloc(32, 7)
const SID = `CA${'a'.repeat(32)}`
const trunk = {
  key: 'a/b',
  publicURL: 'https://v.example',
  accountSid: 'AC1',
  authToken: 'secret',
  apiURL: 'https://api',
}
const formOf = (text: string) => readForm(text) ?? new Map<string, string[]>()

describe('a signature', () => {
  // the example of Twilio's documentation
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
  const form = formOf(
    'CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212',
  )

  test('is that of the documentation', () => {
    expect(signatureOf('12345', url, form)).toBe('0/KCTR6DLpKmkAf8muzZqo1nDgQ=')
    expect(isSigned('12345', { url, form }, '0/KCTR6DLpKmkAf8muzZqo1nDgQ=')).toBe(true)
  })

  test.each([
    ['another token', '12346', url, '0/KCTR6DLpKmkAf8muzZqo1nDgQ='],
    ['another URL', '12345', `${url}3`, '0/KCTR6DLpKmkAf8muzZqo1nDgQ='],
    ['none', '12345', url, undefined],
    ['an empty token', '', url, signatureOf('', url, form)],
    ['a piece', '12345', url, '0/KCTR6DLpKmkAf8muzZqo1nDgQ'],
  ])('%s: no', (_, token, at, signature) => {
    expect(isSigned(token, { url: at, form }, signature)).toBe(false)
  })

  test('with and without the port that a scheme has anyway', () => {
    const empty = new Map<string, string[]>()
    const good = (signed: string, asked: string) =>
      isSigned('t', { url: asked, form: empty }, signatureOf('t', signed, empty))
    expect(good('https://a.b:443/x', 'https://a.b/x')).toBe(true)
    expect(good('https://a.b/x', 'https://a.b:443/x')).toBe(true)
    expect(good('wss://a.b:80/x', 'wss://a.b/x')).toBe(true)
    expect(good('https://a.b:8443/x', 'https://a.b/x')).toBe(false)
  })

  test('of JSON, over its hash in the URL', () => {
    const body = Buffer.from('{}')
    const hash = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    const at = `https://a.b/x?bodySHA256=${hash}`
    const empty = new Map<string, string[]>()
    const signed = signatureOf('t', at, empty)
    expect(isSigned('t', { url: at, form: empty, body }, signed)).toBe(true)
    expect(isSigned('t', { url: at, form: empty, body: Buffer.from('{ }') }, signed)).toBe(false)
  })
})

describe('a media token', () => {
  const token = mintToken(KEY, { trunk: 'a/b', nonce: 'n'.repeat(24), expiresAt: 5000 })
  test('is good for its trunk, until it is not', () => {
    expect(readToken(KEY, 'a/b', token, 4999)?.nonce).toBe('n'.repeat(24))
    expect(readToken(KEY, 'a/b', token, 5000)).toBeNull()
    expect(readToken(KEY, 'a/c', token, 0)).toBeNull()
    expect(readToken(Buffer.alloc(32), 'a/b', token, 0)).toBeNull()
  })
  test('no character of it can be another', () => {
    for (let i = 0; i < token.length - 1; i++) {
      const changed = `${token.slice(0, i)}${token[i] === 'x' ? 'y' : 'x'}${token.slice(i + 1)}`
      expect([i, readToken(KEY, 'a/b', changed, 0)]).toEqual([i, null])
    }
  })
})

describe('calls that wait', () => {
  test('a socket comes once, in time, for its trunk', () => {
    const book = new PendingCalls()
    const call = book.begin('a/b', SID, 'nonce', 0)
    expect(book.redeem('a/b', 'nonce', 1)).toEqual({ ok: false, why: 'unknown' })
    book.answered(call, '<Response/>', 1, 100)
    expect(book.redeem('a/c', 'nonce', 1)).toEqual({ ok: false, why: 'unknown' })
    expect(book.redeem('a/b', 'nonce', 100)).toEqual({ ok: false, why: 'expired' })
    expect(book.redeem('a/b', 'nonce', 99)).toMatchObject({ ok: true })
    expect(book.redeem('a/b', 'nonce', 99)).toEqual({ ok: false, why: 'used' })
  })
  test('one whose socket does not come is late, and one that is over is known for half a day', () => {
    const book = new PendingCalls()
    const call = book.begin('a/b', SID, 'nonce', 0)
    book.answered(call, 'x', 0, 100)
    expect([...book.late(99)]).toEqual([])
    expect([...book.late(100)]).toEqual([call])
    book.over(call, 200)
    expect([...book.late(1000)]).toEqual([])
    expect(book.find('a/b', SID)).toMatchObject({ reply: 'x', phase: 'over' })
    book.begin('a/b', 'other', 'n2', 200 + REMEMBERED_MS)
    expect(book.find('a/b', SID)).toBeNull()
  })
  test('the second answer to a webhook is the first', () => {
    const book = new PendingCalls()
    const call = book.begin('a/b', SID, 'nonce', 0)
    book.answered(call, 'first', 0)
    book.answered(call, 'second', 0, 100)
    expect(call).toMatchObject({ reply: 'first', phase: 'over' })
  })
  test('remembers no more than it can hold', () => {
    const book = new PendingCalls()
    for (let i = 0; i < 50_100; i++) book.over(book.begin('a/b', String(i), `n${i}`, i), i)
    expect(book.size).toBeLessThanOrEqual(50_000)
  })
})

test('a form is read strictly', () => {
  expect(only(formOf('a=1&b=x+y%26'), 'b')).toBe('x y&')
  expect(only(formOf('a=1&a=2'), 'a')).toBeNull()
  expect([readForm('a=%zz'), readForm('=1'), readForm(Array.from({ length: 201 }, () => 'a=1').join('&'))]).toEqual([
    null,
    null,
    null,
  ])
})

test('TwiML holds no markup of strangers', () => {
  expect(lastWords({ say: `<Dial>"&'\u0000` })).toContain('<Say>&lt;Dial&gt;&quot;&amp;&apos;</Say><Hangup/>')
  expect(connectTo({ url: 'wss://a/"x', statusCallback: 'https://a' })).toContain('url="wss://a/&quot;x"')
  expect([reject(true), reject(false)].map(text => /reason="(\w+)"/.exec(text)?.[1])).toEqual(['busy', 'rejected'])
})

test('webhooks say what they must', () => {
  const base = `CallSid=${SID}&AccountSid=AC1&Direction=inbound&To=%2B14155550100`
  expect(readVoice(formOf(`${base}&From=%2B1&SipHeader_X-Tier=gold&CallerName=Zo%C3%AB`))).toMatchObject({
    sid: SID,
    from: '+1',
    display: 'Zoë',
    headers: { 'x-tier': ['gold'] },
  })
  expect(readVoice(formOf(base.replace('inbound', 'outbound-dial')))).toContain('Direction')
  expect(readStatus(formOf(`CallSid=${SID}&AccountSid=AC1&CallStatus=completed&CallDuration=12`))).toMatchObject({
    over: true,
    seconds: 12,
  })
  expect(readStatus(formOf(`CallSid=${SID}&AccountSid=AC1&StreamEvent=stream-started`))).toMatchObject({ over: false })
})

test('a recording is had by the name that we gave it, and by no other', () => {
  const url = clipAddress(KEY, trunk, 'builtin:apology')
  const file = url.split('/').at(-1) ?? ''
  expect(url.startsWith('https://v.example/carriers/a/b/clips/')).toBe(true)
  expect(clipOf(KEY, trunk, file)).toBe('builtin:apology')
  expect(clipOf(KEY, { ...trunk, key: 'a/c' }, file)).toBeNull()
  expect(clipOf(KEY, trunk, file.replace(/^./, 'Z'))).toBeNull()
  expect(wavOf(new Uint8Array(80)).length).toBe(138)
})

describe('a call that the carrier makes for one of ours', () => {
  test.each([
    ['completed', 'done'],
    ['answered', 'done'],
    ['busy', 'busy'],
    ['no-answer', 'noAnswer'],
    ['canceled', 'noAnswer'],
    ['failed', 'failed'],
  ])('that is %s', (said, outcome) => {
    const form = formOf(`AccountSid=AC1&CallSid=${SID}&CallStatus=in-progress&DialCallStatus=${said}`)
    expect(readDialResult(form)).toEqual({ account: 'AC1', sid: SID, outcome, callerThere: true })
  })

  test('is about the caller’s call, and says whether the caller is there', () => {
    const news = formOf(`AccountSid=AC1&CallSid=CA${'b'.repeat(32)}&ParentCallSid=${SID}&CallStatus=in-progress`)
    expect(readDialNews(news)).toEqual({ account: 'AC1', sid: SID, status: 'answered' })
    const over = formOf(`AccountSid=AC1&CallSid=${SID}&CallStatus=completed&DialCallStatus=canceled`)
    expect(readDialResult(over)).toMatchObject({ callerThere: false })
  })

  test.each([
    `AccountSid=AC1&CallSid=${SID}&DialCallStatus=maybe`,
    `AccountSid=AC1&CallSid=x&DialCallStatus=busy`,
    `CallSid=${SID}&DialCallStatus=busy`,
  ])('%s is no result', text => expect(readDialResult(formOf(text))).toBeTypeOf('string'))

  test.each([
    `AccountSid=AC1&CallSid=${SID}&CallStatus=ringing`,
    `AccountSid=AC1&ParentCallSid=${SID}&CallStatus=<`,
    `ParentCallSid=${SID}&CallStatus=ringing`,
  ])('%s is no news', text => expect(readDialNews(formOf(text))).toBeTypeOf('string'))

  test('is asked for in TwiML in which nothing breaks out', () => {
    const twiml = dialTo({
      number: '+1"/>',
      callerId: '+14155550100',
      ringS: 20,
      ringTone: 'us',
      action: 'https://a/b?x=1&y=2',
      statusCallback: 'https://a/b/status',
    })
    expect(twiml).toContain('action="https://a/b?x=1&amp;y=2" method="POST" timeout="20"')
    expect(twiml).toContain('>+1&quot;/&gt;</Number>')
  })
})

test('a call that comes back has another media URL, good once, and the one before is good no more', () => {
  const book = new PendingCalls()
  const call = book.begin('t', SID, 'nonce-1', 0)
  book.answered(call, '<a/>', 0, 30_000)
  expect(book.redeem('t', 'nonce-1', 1).ok).toBe(true)
  book.away(call)
  expect(call.phase).toBe('away')
  book.again(call, 'nonce-2', 60_000)
  book.again(call, 'nonce-3', 60_000)
  expect(book.redeem('t', 'nonce-1', 2)).toMatchObject({ ok: false, why: 'unknown' })
  expect(book.redeem('t', 'nonce-2', 2)).toMatchObject({ ok: false, why: 'unknown' })
  expect(book.redeem('t', 'nonce-3', 2)).toEqual({ ok: true, call })
  expect(book.redeem('t', 'nonce-3', 3)).toMatchObject({ ok: false, why: 'used' })
  book.over(call, 4)
  book.again(call, 'nonce-4', 60_000)
  expect(book.redeem('t', 'nonce-4', 5)).toMatchObject({ ok: false, why: 'unknown' })
})
