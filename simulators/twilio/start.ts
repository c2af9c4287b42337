/**
 * Twilio on this machine: it has calls come in, signs webhooks, carries TwiML out, opens media streams, and answers its REST API. Its callers are the
 * phones of `simulators/caller`, with the same scripts and the same recordings.
 *
 * ```ts
 * const twilio = await startTwilioSimulator({ webhookURL: 'http://127.0.0.1:8081/carriers/telephony/twilio', accountSid, authToken })
 * const { caller, view } = await twilio.call({ to: '+14155550100', script: ['listen', { say: 'ask' }, 'listen'] })
 * ```
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Call } from '#simulators/caller/call.ts'
import { speechesOf } from '#simulators/caller/caller.ts'
import type { Caller } from '#simulators/caller/caller-handle.ts'
import { Placed } from '#simulators/caller/opening.ts'
import type { CallerOptions } from '#simulators/caller/options.ts'
import { asCallerScript, readCallerScript } from '#simulators/caller/script.ts'
import { shutDown } from '#simulators/realtime/shut-down.ts'
import { ANSWERS, type PersonPlan } from './person.ts'
import { TwilioCall } from './phone-call.ts'
import { sign } from './signature.ts'
import type { TwilioView } from './view.ts'

export type { PersonPlan }

export interface TwilioOptions {
  /** `voice` and `status` are asked for below it. */
  readonly webhookURL: string
  readonly accountSid: string
  readonly authToken: string
  /** Of the REST API; 0, the default: a free one. */
  readonly port?: number
}

export interface TwilioCallOptions extends Pick<CallerOptions, 'script' | 'durationMs' | 'echo'> {
  /** E.164. */
  readonly to: string
  readonly from?: string
}

export interface WebhookAnswer {
  readonly status: number
  readonly text: string
}

/** What happens to calls that are told to go on elsewhere. May be changed while it runs. */
export interface TwilioPlan {
  person: PersonPlan
  /** How the REST API answers other TwiML for a call: as it should, with this status, or not at all (though it may do it). */
  rest: 'does' | 'silent' | 'doesSilently' | number
  /** Which requests tell of a call to a person: of its phone, of its result, and of the caller's own call when that is over. */
  tells: readonly ('phone' | 'result' | 'caller')[]
}

/** What a call is told of its Twilio. */
export interface TwilioWorld {
  readonly plan: TwilioPlan
  postTo(url: string, form: Readonly<Record<string, string>>): Promise<WebhookAnswer>
  readonly accountSid: string
  readonly authToken: string
  post(what: 'voice' | 'status', call: TwilioCall, form: Readonly<Record<string, string>>): Promise<WebhookAnswer>
}

export interface TwilioSimulator {
  /** For a trunk's apiURL. */
  readonly apiURL: string
  readonly plan: TwilioPlan
  /** Requests to the REST API: path and form, oldest first. */
  readonly requests: readonly {
    readonly path: string
    readonly form: Readonly<Record<string, string>>
    readonly ok: boolean
  }[]
  call(options: TwilioCallOptions): Promise<{ readonly caller: Caller; readonly view: TwilioView }>
  close(): Promise<void>
}

const WEBHOOK_MS = 15_000

export async function startTwilioSimulator(options: TwilioOptions): Promise<TwilioSimulator> {
  const calls = new Map<string, TwilioCall>()
  const requests: { path: string; form: Record<string, string>; ok: boolean }[] = []
  const plan: TwilioPlan = { person: ANSWERS, rest: 'does', tells: ['phone', 'result', 'caller'] }
  const world: TwilioWorld = {
    plan,
    postTo: (url, form) => post(url, options.authToken, form),
    accountSid: options.accountSid,
    authToken: options.authToken,
    post: (what, _call, form) => post(`${options.webhookURL}/${what}`, options.authToken, form),
  }
  const basic = `Basic ${Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64')}`
  const server = createServer((request, response) => {
    void readBody(request).then(body => {
      const path = request.url ?? ''
      const form = Object.fromEntries(new URLSearchParams(body))
      const ok = request.headers.authorization === basic
      requests.push({ path, form, ok })
      if (!ok) return answer(response, 401)
      const url = new URL(path, 'http://twilio')
      const listed = url.searchParams.get('ParentCallSid')
      const [, account, name] = /^\/2010-04-01\/Accounts\/(\w+)\/Calls(?:\/(\w+))?\.json$/.exec(url.pathname) ?? []
      const call = calls.get(name ?? listed ?? '')
      if (account !== options.accountSid || !call) return answer(response, 404)
      if (name === undefined) {
        const person = call.people.find(each => each.answered && !each.over)
        return answer(response, 200, { calls: person ? [{ to: person.to, status: 'in-progress' }] : [] })
      }
      if (call.over) return answer(response, 404)
      const { rest } = plan
      if (form['Twiml'] !== undefined && rest !== 'does') {
        if (typeof rest === 'number') return answer(response, rest, { code: 21_220, message: 'refused' })
        if (rest === 'doesSilently') call.update(form)
        return
      }
      call.update(form)
      answer(response, 200, { sid: name, status: 'in-progress' })
    })
  })
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    apiURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    plan,
    call: async ({ to, from = '+14155550123', script, durationMs, echo }) => {
      const { steps } =
        typeof script === 'string'
          ? readCallerScript(script)
          : asCallerScript({ steps: script ?? [{ wait: { ended: true, within: 1_800_000 } }] })
      const twilio = new TwilioCall(world, from, to)
      calls.set(twilio.callSid, twilio)
      const route = { transport: 'tcp', address: '127.0.0.1', port: 443, local: '127.0.0.1' } as const
      const asked = { to, ...(durationMs !== undefined && { durationMs }), ...(echo && { echo }) }
      const caller = new Call({
        ...asked,
        opening: new Placed(asked, route),
        steps,
        speeches: speechesOf(steps),
        sip: twilio,
        line: twilio,
      })
      twilio.phone = caller
      return Promise.resolve({ caller, view: twilio })
    },
    close: shutDown(server),
  }
}

async function post(url: string, authToken: string, form: Readonly<Record<string, string>>): Promise<WebhookAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'x-twilio-signature': sign(authToken, url, form),
        'user-agent': 'TwilioProxy/1.1',
        connection: 'close',
      },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(WEBHOOK_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    return { status: 0, text: String(error) }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

function answer(response: ServerResponse, status: number, body: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
