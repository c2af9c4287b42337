/** The carrier's REST API, for calls that are on: the only place where its credential goes out. */
import { Agent, fetch } from 'undici'
import type { GatewayTrunk } from './trunk.ts'

const TIMEOUT_MS = 5000
const LAST_MS = 2000

export class CarrierApi {
  readonly #asked = new Set<Promise<void>>()
  readonly #agent = new Agent({ connect: { timeout: TIMEOUT_MS }, pipelining: 1 })

  /** @throws Error whose message names a status or a code, and nothing of the request */
  async hangUp(trunk: GatewayTrunk, sid: string): Promise<void> {
    await this.#update(trunk, sid, { Status: 'completed' })
  }

  /** The call goes on with other TwiML; its stream ends. @throws Error like `hangUp` */
  async redirect(trunk: GatewayTrunk, sid: string, twiml: string): Promise<void> {
    await this.#update(trunk, sid, { Twiml: twiml })
  }

  /** What was asked is waited for, for a moment. Idempotent. */
  async close(): Promise<void> {
    const timer = AbortSignal.timeout(LAST_MS)
    const late = new Promise<void>(resolve => timer.addEventListener('abort', () => resolve(), { once: true }))
    if (this.#asked.size > 0) await Promise.race([Promise.allSettled(this.#asked), late])
    await this.#agent.destroy()
  }

  #update(trunk: GatewayTrunk, sid: string, form: Readonly<Record<string, string>>): Promise<void> {
    const asked = this.#ask(trunk, sid, form).finally(() => this.#asked.delete(asked))
    this.#asked.add(asked)
    return asked
  }

  async #ask(trunk: GatewayTrunk, sid: string, form: Readonly<Record<string, string>>): Promise<void> {
    const { apiURL, accountSid, authToken } = trunk
    const url = `${apiURL.replace(/\/+$/, '')}/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`
    let status: number
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(form).toString(),
        dispatcher: this.#agent,
        redirect: 'error', // it would carry the credential elsewhere
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      status = response.status
      await response.body?.cancel()
    } catch (error) {
      const { name, cause } = error as Error & { cause?: { code?: string } }
      throw new Error(cause?.code ?? name)
    }
    // 404: it is over there already
    if (status >= 300 && status !== 404) throw new Error(`HTTP ${status}`)
  }
}
