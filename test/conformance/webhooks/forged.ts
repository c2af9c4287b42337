/** Requests that must start nothing: what is sent, and the status that must come back. */
import { createHash } from 'node:crypto'
import { sign } from '#simulators/twilio/signature.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { AUTH_TOKEN, TRUNK, type TwilioProduct } from '#test/product/twilio-product.ts'
import { encoded, type Form, newSid, dial as open, post, raw, send, statusOf, voiceForm } from './request.ts'

export interface Case {
  readonly name: string
  readonly want: number
  readonly send: () => Promise<number>
}

const OTHER = 'deadbeefdeadbeefdeadbeefdeadbeef'
const FORM = 'application/x-www-form-urlencoded'

export function forged({ carrierURL, gatewayPort, simulatorUrl }: TwilioProduct): Case[] {
  const voice = `${carrierURL}/voice`
  const origin = `http://127.0.0.1:${gatewayPort}`
  const cases: Case[] = []
  const add = (name: string, want: number, how: () => Promise<{ status: number }> | Promise<number>): void =>
    void cases.push({
      name,
      want,
      send: async () => {
        const answer = await how()
        return typeof answer === 'number' ? answer : answer.status
      },
    })
  const body = (form: Form, signature: string | null, url = voice) => send({ url, body: encoded(form), signature })
  /** Signed as it should be, but for what is done to the signature. */
  const spoilt = (spoil: (good: string, form: Form) => string | null) => () => {
    const form = voiceForm()
    return body(form, spoil(sign(AUTH_TOKEN, voice, form), form))
  }

  add(
    'no signature',
    403,
    spoilt(() => null),
  )
  add(
    'an empty signature',
    403,
    spoilt(() => ''),
  )
  add(
    'signed with another token',
    403,
    spoilt((_, form) => sign(OTHER, voice, form)),
  )
  add(
    'signed with an empty token',
    403,
    spoilt((_, form) => sign('', voice, form)),
  )
  add(
    'signed for https',
    403,
    spoilt((_, form) => sign(AUTH_TOKEN, voice.replace('http:', 'https:'), form)),
  )
  add(
    'signed for another host',
    403,
    spoilt((_, form) => sign(AUTH_TOKEN, voice.replace('127.0.0.1', 'localhost'), form)),
  )
  add(
    'signed for the status URL',
    403,
    spoilt((_, form) => sign(AUTH_TOKEN, `${carrierURL}/status`, form)),
  )
  add(
    'signed over the URL alone',
    403,
    spoilt(() => sign(AUTH_TOKEN, voice)),
  )
  add(
    'a signature of 27 characters',
    403,
    spoilt(good => good.slice(0, -1)),
  )
  add(
    'a signature and one character more',
    403,
    spoilt(good => `${good}=`),
  )
  add(
    'a signature in hexadecimal',
    403,
    spoilt(good => Buffer.from(good, 'base64').toString('hex')),
  )
  add(
    'a signature in the other case',
    403,
    spoilt(good => good.toLowerCase()),
  )
  add(
    'two signatures in one header',
    403,
    spoilt(good => `${good}, ${good}`),
  )
  add('one parameter changed', 403, () => post(voice, voiceForm({ To: '+14155550101' }), voiceForm()))
  add('a parameter added', 403, () => {
    const form = voiceForm()
    return body({ ...form, Extra: '1' }, sign(AUTH_TOKEN, voice, form))
  })
  add('a parameter left out', 403, () => {
    const form = voiceForm()
    const { From: _, ...rest } = form
    return body(rest, sign(AUTH_TOKEN, voice, form))
  })
  add('a query behind the URL', 403, () => {
    const form = voiceForm()
    return body(form, sign(AUTH_TOKEN, voice, form), `${voice}?x=1`)
  })
  add('a parameter twice, signed', 400, () => {
    const form = voiceForm({}, ['To'])
    const data = Object.entries(form).map(([name, value]) => [name, value] as const)
    const twice = [...data, ['To', NUMBER], ['To', '+14155550101']] as [string, string][]
    const names = [...new Set(twice.map(([name]) => name))].sort()
    const text = names
      .map(name =>
        [...new Set(twice.filter(([n]) => n === name).map(([, v]) => v))]
          .sort()
          .map(v => name + v)
          .join(''),
      )
      .join('')
    return send({ url: voice, body: new URLSearchParams(twice).toString(), signature: sign(AUTH_TOKEN, voice + text) })
  })
  add('another account, signed', 403, () => post(voice, voiceForm({ AccountSid: `AC${'6'.repeat(32)}` })))
  add('no CallSid', 400, () => post(voice, voiceForm({}, ['CallSid'])))
  add('a CallSid that is a path', 400, () => post(voice, voiceForm({ CallSid: '../../Accounts' })))
  add('no AccountSid', 400, () => post(voice, voiceForm({}, ['AccountSid'])))
  add('no To', 400, () => post(voice, voiceForm({}, ['To'])))
  add('a To with line breaks', 400, () => post(voice, voiceForm({ To: `${NUMBER}\r\nx: y` })))
  add('a From of 200 characters', 400, () => post(voice, voiceForm({ From: '+1'.repeat(100) })))
  add('an outbound call', 400, () => post(voice, voiceForm({ Direction: 'outbound-api' })))
  for (const [name, path] of [
    ['a trunk that is not there', 'default/other'],
    ['the trunk in another namespace', 'other/pbx'],
    ['a trunk without a namespace', 'pbx'],
  ] as const)
    add(name, 404, () => post(`${origin}/carriers/${path}/voice`, voiceForm()))
  // whoever resolves dots asks for the trunk, by a URL that was not signed
  add('dots in the path', 403, () => post(`${origin}/carriers/default/%2e%2e/${TRUNK}/voice`, voiceForm()))
  add('two slashes in the path', 404, () => post(`${origin}//carriers/${TRUNK}/voice`, voiceForm()))
  add('the API of the worker at the gateway', 404, () => send({ method: 'GET', url: `${origin}/v1/calls`, type: null }))
  for (const method of ['GET', 'PUT', 'DELETE'])
    add(`the voice webhook by ${method}`, 404, () =>
      send({ method, url: voice, type: null, signature: sign(AUTH_TOKEN, voice) }),
    )

  const json = JSON.stringify(voiceForm())
  const hash = createHash('sha256').update(json).digest('hex')
  const hashed = (sha: string, signed = true) => {
    const url = `${voice}?bodySHA256=${sha}`
    return send({ url, body: json, type: 'application/json', signature: signed ? sign(AUTH_TOKEN, url) : null })
  }
  add('JSON without its hash', 403, () =>
    send({ url: voice, body: json, type: 'application/json', signature: sign(AUTH_TOKEN, voice) }),
  )
  add('JSON with the hash of something else', 403, () => hashed('0'.repeat(64)))
  add('JSON with its hash, not signed', 403, () => hashed(hash, false))
  add('JSON with its hash, signed: it is no voice webhook', 400, () => hashed(hash))
  add('a body of text/plain', 415, () => send({ url: voice, body: 'x=1', type: 'text/plain', signature: 'x' }))
  add('a body of XML', 415, () => send({ url: voice, body: '<x/>', type: 'text/xml', signature: 'x' }))
  add('a body of 33 KiB', 413, () => post(voice, voiceForm({ Long: 'x'.repeat(33 * 1024) })))
  add('300 parameters', 403, () =>
    post(voice, voiceForm(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, '1'])))),
  )
  add('percent signs that encode nothing', 403, () =>
    send({ url: voice, body: 'CallSid=%zz', signature: sign(AUTH_TOKEN, voice) }),
  )

  const head = (more: string): string =>
    `POST /carriers/${TRUNK}/voice HTTP/1.1\r\nhost: x\r\ncontent-type: ${FORM}\r\n${more}`
  add('a chunked body without an end', 413, async () =>
    statusOf(
      await raw(
        gatewayPort,
        [
          head('transfer-encoding: chunked\r\n\r\n'),
          ...Array.from({ length: 5 }, () => `4000\r\n${'x'.repeat(0x4000)}\r\n`),
        ],
        20,
      ),
    ),
  )
  add('a body that breaks off', 0, async () => {
    const answer = await raw(gatewayPort, [`${head('content-length: 500\r\n\r\n')}CallSid=CA1`], 0, 1000)
    return statusOf(answer)
  })
  add('a body that comes byte by byte', 408, async () =>
    statusOf(
      await raw(gatewayPort, [head('content-length: 500\r\n\r\n'), ...Array.from({ length: 13 }, () => 'x')], 1000),
    ),
  )
  add('headers that do not end', 408, async () =>
    statusOf(await raw(gatewayPort, [head(''), ...Array.from({ length: 13 }, () => 'x-a: 1\r\n')], 1000)),
  )
  add('headers of 20 KiB', 431, async () =>
    statusOf(await raw(gatewayPort, [`${head(`x-a: ${'x'.repeat(20_000)}`)}\r\n\r\n`])),
  )
  add('two lengths of one body', 400, async () =>
    statusOf(await raw(gatewayPort, [head('content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')])),
  )
  add('no HTTP at all', 400, async () => statusOf(await raw(gatewayPort, ['\x16\x03\x01hello\r\n\r\n'])))

  const media = `ws://127.0.0.1:${gatewayPort}/carriers/${TRUNK}/media`
  const socket = (url: string) => async (): Promise<number> => (await open(url)).status ?? 0
  add('a media socket without a token', 404, socket(media))
  add('a media socket with a token of no form', 403, socket(`${media}/letmein`))
  add(
    'a media socket with a token that is not ours',
    403,
    socket(`${media}/${'A'.repeat(24)}.zzzzzzzz.${'A'.repeat(32)}`),
  )
  add('a media socket with a token of 300 characters', 404, socket(`${media}/${'A'.repeat(300)}`))
  add('a media socket of another trunk', 404, socket(`ws://127.0.0.1:${gatewayPort}/carriers/default/other/media/x`))
  add('a media URL without an upgrade', 404, () =>
    send({ method: 'GET', url: `${media.replace('ws', 'http')}/x`, type: null }),
  )
  add('an upgrade of the voice webhook', 404, socket(voice.replace('http', 'ws')))
  add('a recording whose name is not ours', 404, () =>
    send({ method: 'GET', url: `${carrierURL}/clips/YnVpbHRpbjphcG9sb2d5.${'A'.repeat(32)}.wav`, type: null }),
  )
  add('a status without a signature', 403, () =>
    send({ url: `${carrierURL}/status`, body: encoded(voiceForm()), signature: null }),
  )
  add('a status of a call that is not there', 204, () =>
    post(`${carrierURL}/status`, voiceForm({ CallStatus: 'completed' })),
  )
  add('a status that is no word', 400, () => post(`${carrierURL}/status`, voiceForm({ CallStatus: '<script>' })))
  const dial = (sid: string, rest = ''): string => `${carrierURL}/dial/${sid}/${'A'.repeat(24)}${rest}`
  const over = (sid: string, change: Form = {}): Form =>
    voiceForm({ CallSid: sid, CallStatus: 'in-progress', DialCallStatus: 'busy', ...change })
  const news = (sid: string, change: Form = {}): Form =>
    voiceForm({ ParentCallSid: sid, CallStatus: 'in-progress', Direction: 'outbound-dial', ...change })
  add('the result of a call to a person without a signature', 403, () => {
    const sid = newSid()
    return send({ url: dial(sid), body: encoded(over(sid)), signature: null })
  })
  add('the result of a call to a person, signed for another call', 403, () => {
    const [sid, other] = [newSid(), newSid()]
    return send({ url: dial(sid), body: encoded(over(sid)), signature: sign(AUTH_TOKEN, dial(other), over(sid)) })
  })
  add('the result of a call to a person, about another call', 400, () => post(dial(newSid()), over(newSid())))
  add('the result of a call to a person that is none', 400, () => {
    const sid = newSid()
    return post(dial(sid), over(sid, { DialCallStatus: 'maybe' }))
  })
  add('the result of a call to a person, of another account', 403, () => {
    const sid = newSid()
    return post(dial(sid), over(sid, { AccountSid: `AC${'6'.repeat(32)}` }))
  })
  add('the result of a call to a person that was never made: nothing to do', 200, async () => {
    const sid = newSid()
    const answer = await post(dial(sid), over(sid))
    return answer.text.includes('<Response/>') ? answer.status : 0
  })
  add('a person’s phone without a signature', 403, () => {
    const sid = newSid()
    return send({ url: dial(sid, '/status'), body: encoded(news(sid)), signature: null })
  })
  add('a person’s phone, about another call', 400, () => post(dial(newSid(), '/status'), news(newSid())))
  add('a person’s phone, of a call that is not there', 204, () => {
    const sid = newSid()
    return post(dial(sid, '/status'), news(sid))
  })
  add('a number that nobody answers: told so, in TwiML', 200, async () => {
    const answer = await post(voice, voiceForm({ To: '+14155550999' }))
    return answer.text.includes('<Reject') ? answer.status : 0
  })
  if (simulatorUrl === '') throw new Error('there is no provider to look at')
  return cases
}
