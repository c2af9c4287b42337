/** `twilio`, as it is installed, as a judge of signatures, TwiML and the REST API. */
import twilio from 'twilio'
import { sign } from '#simulators/twilio/signature.ts'
import type { Report } from '#test/harness/report.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { ACCOUNT, AUTH_TOKEN, type TwilioProduct } from '#test/product/twilio-product.ts'
import { encoded, mediaOf, newSid, send, voiceForm } from '../webhooks/request.ts'

const { VoiceResponse } = twilio.twiml

/** The simulator signs as Twilio does. */
export function signatures(report: Report): void {
  const urls = [
    'https://voice.example.com/carriers/a/b/voice',
    'https://voice.example.com:8443/x?y=1',
    'http://127.0.0.1:1/x',
  ]
  const forms = [{}, { b: '2', a: '1' }, { From: '+1415 ü€', To: 'x&y=z' }]
  const wrong = urls.flatMap(url =>
    forms.filter(form => !twilio.validateRequest(AUTH_TOKEN, sign(AUTH_TOKEN, url, form), url, form)),
  )
  report.check(
    'twilio: verifies what our Twilio signs',
    wrong.length === 0,
    wrong.length === 0 ? '' : JSON.stringify(wrong),
  )
}

/** Signed by the package, taken by us; answered as the package would write it. @returns the CallSid of a call that is held */
export async function twimls(report: Report, product: TwilioProduct): Promise<string> {
  const voice = `${product.carrierURL}/voice`
  const ask = (form: Readonly<Record<string, string>>) =>
    send({ url: voice, body: encoded(form), signature: twilio.getExpectedTwilioSignature(AUTH_TOKEN, voice, form) })
  const nobody = await ask(voiceForm({ To: '+14155550999' }))
  const sid = newSid()
  const taken = await ask(voiceForm({ CallSid: sid, To: NUMBER, CallerName: 'Zoë O’Hara & Söhne' }))
  const full = await ask(voiceForm())
  report.check(
    'twilio: what it signs is taken, letters of all scripts too',
    taken.status === 200 && nobody.status === 200 && full.status === 200,
  )

  const connect = new VoiceResponse()
  connect.connect().stream({ url: mediaOf(taken.text), statusCallback: `${product.carrierURL}/status` })
  report.check(
    'twilio: the TwiML of a call is as it writes it',
    taken.text === connect.toString(),
    taken.text === connect.toString() ? '' : taken.text,
  )
  const rejected = new VoiceResponse()
  rejected.reject({ reason: 'rejected' })
  report.check('twilio: that of a number nobody answers', nobody.text === rejected.toString())
  const sorry = new VoiceResponse()
  sorry.say('Sorry & <goodbye>, "friend".')
  sorry.hangup()
  // quotation marks may be written either way in text
  const same = (text: string): string => text.replaceAll('&quot;', '"')
  report.check(
    'twilio: that of a full house, with the agent’s own words',
    same(full.text) === same(sorry.toString()),
    full.text.slice(38),
  )
  return sid
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly form: Readonly<Record<string, string>>
}

/** The package's client asks our Twilio; and we ask it for the same in the same words. */
export async function restCalls(report: Report, product: TwilioProduct, sid: string): Promise<void> {
  const { calls } = (await product.get('/v1/calls')) as { calls: { id: string }[] }
  await fetch(`http://127.0.0.1:${product.httpPort}/v1/calls/${calls[0]?.id ?? ''}`, { method: 'DELETE' })
  await new Promise(resolve => setTimeout(resolve, 500))
  const ours = product.twilio.requests.at(-1)
  let theirs: Asked | null = null
  const client = twilio(ACCOUNT, AUTH_TOKEN, {
    httpClient: {
      request: ({ method, uri, data }: { method: string; uri: string; data?: Record<string, string> }) => {
        theirs = { method: method.toUpperCase(), path: new URL(uri).pathname, form: { ...data } }
        return Promise.resolve({ statusCode: 200, body: { sid }, headers: {} })
      },
    } as never,
  })
  await client.calls(sid).update({ status: 'completed' })
  const wanted = theirs as Asked | null
  report.check(
    'twilio: we hang up by the request that its client makes',
    ours?.ok === true &&
      wanted?.method === 'POST' &&
      ours.path === wanted.path &&
      JSON.stringify(ours.form) === JSON.stringify(wanted.form),
    `${ours?.path.replace(ACCOUNT, 'AC…').replace(sid, 'CA…') ?? 'nothing asked'} ${JSON.stringify(ours?.form ?? {})}`,
  )
}
