/** Calls that are real, and what is done to them: webhooks that come again, media URLs in the wrong hands. Each must end, and leave nothing. */
import { sign } from '#simulators/twilio/signature.ts'
import { AUTH_TOKEN, type TwilioProduct } from '#test/product/twilio-product.ts'
import { dial, mediaOf, newSid, post, send, startMessage, voiceForm } from './request.ts'

export interface Misuse {
  readonly name: string
  /** '' when all is as it should be. */
  readonly run: () => Promise<string>
}

const END_MS = 6000

export function misused(product: TwilioProduct): Misuse[] {
  const voice = `${product.carrierURL}/voice`
  const status = `${product.carrierURL}/status`
  const ring = async (): Promise<{ sid: string; form: ReturnType<typeof voiceForm>; twiml: string; url: string }> => {
    const sid = newSid()
    const form = voiceForm({ CallSid: sid })
    const { text } = await post(voice, form)
    return { sid, form, twiml: text, url: mediaOf(text) }
  }
  const over = async (): Promise<boolean> => {
    for (let waited = 0; waited < END_MS; waited += 50) {
      if ((await product.busy()) === 0) return true
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return false
  }
  const hangUp = (sid: string) => post(status, voiceForm({ CallSid: sid, CallStatus: 'completed' }))
  const ends = async (wrong: string): Promise<string> => wrong || ((await over()) ? '' : 'the call is still there')
  /** A stream that begins wrongly: closed with this code, its call ended. */
  const begun = (name: string, code: number, say: (sid: string) => (string | Buffer)[]): Misuse => ({
    name,
    run: async () => {
      const { sid, url } = await ring()
      if (url === '') return 'no media URL'
      const seen = await dial(url, say(sid))
      return ends(seen.code === code ? '' : `closed with ${seen.code}, refused with ${seen.status}`)
    },
  })
  return [
    {
      name: 'the same webhook five times at once: one call, one answer',
      run: async () => {
        const form = voiceForm()
        const answers = await Promise.all(Array.from({ length: 5 }, () => post(voice, form)))
        const busy = await product.busy()
        await hangUp(form['CallSid'] ?? '')
        const same = new Set(answers.map(a => a.text)).size === 1 && mediaOf(answers[0]?.text ?? '') !== ''
        return ends(same && busy === 1 ? '' : `${busy} calls, ${new Set(answers.map(a => a.text)).size} answers`)
      },
    },
    {
      name: 'the webhook of a call that is over: the same answer, and no call',
      run: async () => {
        const { sid, form, twiml } = await ring()
        await hangUp(sid)
        if (!(await over())) return 'the call did not end'
        const again = await post(voice, form)
        return again.text === twiml && (await product.busy()) === 0 ? '' : 'it started something'
      },
    },
    {
      name: 'the media URL of a call that is over',
      run: async () => {
        const { sid, url } = await ring()
        await hangUp(sid)
        if (!(await over())) return 'the call did not end'
        const { status: refused } = await dial(url)
        return refused === 403 ? '' : `answered with ${refused}`
      },
    },
    {
      name: 'a media URL used twice: the second is refused, the first goes on',
      run: async () => {
        const { sid, url } = await ring()
        const first = dial(url, [startMessage(sid)], {}, 2500)
        await new Promise(resolve => setTimeout(resolve, 300))
        const second = await dial(url, [startMessage(sid)])
        const busy = await product.busy()
        await first
        return ends(second.status === 403 && busy === 1 ? '' : `the second: ${second.status}; ${busy} calls`)
      },
    },
    {
      name: 'a media URL with a wrong signature: refused, and still good for its carrier',
      run: async () => {
        const { sid, url } = await ring()
        const forged = await dial(url, [], { 'x-twilio-signature': sign('not the token', url) })
        const good = await dial(
          url,
          [startMessage(sid), '{"event":"stop"}'],
          { 'x-twilio-signature': sign(AUTH_TOKEN, url) },
          1500,
        )
        return ends(
          forged.status === 403 && good.status === null ? '' : `forged: ${forged.status}, good: ${good.status}`,
        )
      },
    },
    {
      name: 'a media URL of another trunk’s path',
      run: async () => {
        const { sid, url } = await ring()
        const { status: refused } = await dial(url.replace('/default/pbx/', '/default/other/'))
        await hangUp(sid)
        return ends(refused === 404 ? '' : `answered with ${refused}`)
      },
    },
    {
      name: 'a media URL with one character changed',
      run: async () => {
        const { sid, url } = await ring()
        const { status: refused } = await dial(url.slice(0, -1) + (url.endsWith('A') ? 'B' : 'A'))
        await hangUp(sid)
        return ends(refused === 403 ? '' : `answered with ${refused}`)
      },
    },
    begun('a stream of another call', 1008, () => [startMessage(newSid())]),
    begun('a stream of another account', 1008, sid => [startMessage(sid, { accountSid: `AC${'6'.repeat(32)}` })]),
    begun('a stream in another format', 1008, sid => [
      startMessage(sid, { mediaFormat: { encoding: 'audio/l16', sampleRate: 16_000, channels: 1 } }),
    ]),
    begun('a stream whose name would break out of JSON', 1008, sid => [
      JSON.stringify({
        event: 'start',
        streamSid: 'MZ"}',
        start: (JSON.parse(startMessage(sid)) as { start: object }).start,
      }),
    ]),
    begun('audio before the start', 1008, () => [
      '{"event":"media","media":{"track":"inbound","chunk":"1","timestamp":"0","payload":"//8="}}',
    ]),
    begun('a message that is no JSON', 1008, () => ['hello']),
    begun('a binary message', 1003, () => [Buffer.from([1, 2, 3])]),
    begun('a message of 20 KB', 1009, () => ['x'.repeat(20_000)]),
    begun('a socket that says nothing', 1008, () => []),
    {
      name: 'a forged hang-up of a live call',
      run: async () => {
        const { sid } = await ring()
        const { status: refused } = await send({
          url: status,
          body: `CallSid=${sid}&CallStatus=completed`,
          signature: sign('x', status),
        })
        const busy = await product.busy()
        await hangUp(sid)
        return ends(refused === 403 && busy === 1 ? '' : `answered with ${refused}, ${busy} calls`)
      },
    },
    {
      name: 'a media URL that is 31 s old: its call is gone, and it opens nothing',
      run: async () => {
        const { url } = await ring()
        await new Promise(resolve => setTimeout(resolve, 32_500))
        const busy = await product.busy()
        const { status: refused } = await dial(url)
        return refused === 403 && busy === 0 ? '' : `answered with ${refused}, ${busy} calls`
      },
    },
  ]
}
