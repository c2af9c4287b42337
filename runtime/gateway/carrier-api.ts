/** The carrier's REST API, for calls that are on: the only place where its credential goes out. */
import { Agent, fetch, type Response } from 'undici'
import { CarrierRefusal } from './carrier-refusal.ts'
import type { GatewayTrunk } from './trunk.ts'

const TIMEOUT_MS = 5000
const LAST_MS = 2000
/** A call as Twilio describes it has 2 KiB; a page of them has 50. */
const MAX_BODY = 256 * 1024

export class CarrierApi {
  readonly #asked = new Set<Promise<void>>()
  readonly #agent = new Agent({ connect: { timeout: TIMEOUT_MS }, pipelining: 1 })

  /** A call that is over there already is hung up. @throws Error whose message names a status or a code, and nothing of the request */
  async hangUp(trunk: GatewayTrunk, sid: string): Promise<void> {
    await this.#kept(this.#ask(trunk, `Calls/${sid}.json`, { Status: 'completed' }, true))
  }

  /** The call goes on with other TwiML; its stream ends. @throws CarrierRefusal when it says no; any other error leaves open whether it does */
  async redirect(trunk: GatewayTrunk, sid: string, twiml: string): Promise<void> {
    await this.#kept(this.#ask(trunk, `Calls/${sid}.json`, { Twiml: twiml }))
  }

  /** Whether a call that was made for this one is answered, and on. @throws as `redirect` */
  async isAnswered(trunk: GatewayTrunk, sid: string): Promise<boolean> {
    const query = new URLSearchParams({ ParentCallSid: sid, Status: 'in-progress' })
    const body = await this.#kept(this.#ask(trunk, `Calls.json?${query.toString()}`, null))
    const { calls } = JSON.parse(body) as { calls?: unknown }
    return Array.isArray(calls) && calls.length > 0
  }

  /** What was asked is waited for, for a moment. Idempotent. */
  async close(): Promise<void> {
    const timer = AbortSignal.timeout(LAST_MS)
    const late = new Promise<void>(resolve => timer.addEventListener('abort', () => resolve(), { once: true }))
    if (this.#asked.size > 0) await Promise.race([Promise.allSettled(this.#asked), late])
    await this.#agent.destroy()
  }

  #kept(asking: Promise<string>): Promise<string> {
    const asked = asking.then(
      () => undefined,
      () => undefined,
    )
    this.#asked.add(asked)
    void asked.finally(() => this.#asked.delete(asked))
    return asking
  }

  /** @param form null: it is only looked at */
  async #ask(
    trunk: GatewayTrunk,
    path: string,
    form: Readonly<Record<string, string>> | null,
    orGone = false,
  ): Promise<string> {
    const { apiURL, accountSid, authToken } = trunk
    const url = `${apiURL.replace(/\/+$/, '')}/2010-04-01/Accounts/${accountSid}/${path}`
    let status: number
    let body: string
    try {
      const response = await fetch(url, {
        method: form === null ? 'GET' : 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
          ...(form !== null && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(form !== null && { body: new URLSearchParams(form).toString() }),
        dispatcher: this.#agent,
        redirect: 'error', // it would carry the credential elsewhere
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      status = response.status
      body = await bounded(response)
    } catch (error) {
      const { name, cause } = error as Error & { cause?: { code?: string } }
      throw new Error(cause?.code ?? name, { cause: error })
    }
    if (status < 300 || (status === 404 && orGone)) return body
    // an error of the carrier's own does not say what it has done
    throw status < 500 ? new CarrierRefusal(`HTTP ${status}`) : new Error(`HTTP ${status}`)
  }
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).length
    if (bytes > MAX_BODY) throw new Error('its answer is too long')
    parts.push(part as Uint8Array)
  }
  return Buffer.concat(parts).toString('utf8')
}
