/** One call of a carrier: its webhook that waits for an answer, its entry into the worker, and its leg's way to the carrier's REST API. */
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { EndReason } from '#runtime/call/ports.ts'
import { type StreamControl, StreamLeg } from '#runtime/legs/media-stream/stream-leg.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { Found } from '#runtime/worker/agent-directory.ts'
import type { Door, Entry, Refusal } from '#runtime/worker/incoming.ts'
import type { CarrierApi } from './carrier-api.ts'
import { gatewayErrors } from './errors.ts'
import { mintToken, TOKEN_MS } from './media-token.ts'
import type { PendingCall, PendingCalls } from './pending-calls.ts'
import { type GatewayTrunk, mediaURL, pathOf } from './trunk.ts'
import { connectTo, lastWords, reject } from './twiml.ts'
import type { VoiceWebhook } from './voice-webhook.ts'

/** Twilio gives up on a webhook after 15 s. */
const LONGEST_RING_MS: Ms = 10_000
/** The carrier says how a call was, and what it costs, when it is over. */
const LINGER_MS: Ms = 10_000

export interface CarrierCallOptions {
  readonly trunk: GatewayTrunk
  readonly pending: PendingCall
  readonly book: PendingCalls
  readonly door: Door
  readonly api: CarrierApi
  readonly key: Uint8Array
  readonly now: () => Ms
  /** Epoch milliseconds. */
  readonly wall: () => number
  /** Where a recording is to be had; null: it is not known. */
  readonly clipURL: (trunk: GatewayTrunk, clip: string) => string | null
  readonly warn: (error: Error) => void
}

/** The carrier's socket of a call. */
export interface CarrierSocket {
  close(): void
}

export class CarrierCall {
  /** The TwiML that answers the webhook: once, and the same for whoever asks again. */
  readonly reply: Promise<string>
  readonly #o: CarrierCallOptions
  #answer!: (twiml: string) => void
  #leg: StreamLeg | null = null
  #socket: CarrierSocket | null = null
  #note: (entry: RecordEntry) => void = () => undefined
  #hungUp = false

  constructor(options: CarrierCallOptions) {
    this.#o = options
    this.reply = new Promise(resolve => {
      this.#answer = resolve
    })
  }

  get pending(): PendingCall {
    return this.#o.pending
  }

  get leg(): StreamLeg | null {
    return this.#leg
  }

  /** @param found who answers; null: nobody */
  offer(webhook: VoiceWebhook, found: Found | null): void {
    const { door, pending, trunk, now } = this.#o
    const entry: Entry = {
      key: `${trunk.key}/${pending.sid}`,
      incoming: {
        callId: pending.sid,
        from: { user: webhook.from, display: webhook.display },
        requestUri: { user: webhook.to },
        source: { address: new URL(trunk.apiURL).hostname, transport: 'media-stream' },
        media: { law: 'PCMU' },
        traceparent: null,
        headers: webhook.headers,
      },
      idName: 'carrierCallId',
      longestRingMs: LONGEST_RING_MS,
      lingerMs: LINGER_MS,
      begun: note => {
        this.#note = note
      },
      refuse: (why, agent) => this.#say(this.#refusal(why, agent)),
      open: () => {
        this.#leg = new StreamLeg({ id: entry.key, control: this.#control, now })
        return Promise.resolve(this.#leg)
      },
      over: () => this.#over(),
    }
    door.offer(entry, found)
  }

  /** The carrier's socket is here, with the right token. */
  connect(socket: CarrierSocket): void {
    this.#socket = socket
  }

  /** It is over at the carrier. */
  gone(why: EndReason): void {
    this.#hungUp = true
    this.#leg?.gone(why)
  }

  /** Its socket is gone, and the carrier did not say why: nobody is to be left in silence there. */
  lost(detail: string): void {
    if (this.#leg?.ended === false) {
      this.#leg.gone({ code: 'signalling', by: 'caller', detail })
      this.#hangUp()
    }
  }

  note(entry: RecordEntry): void {
    this.#note(entry)
  }

  readonly #control: StreamControl = {
    answer: () => {
      const { trunk, pending, key, wall } = this.#o
      const expiresAt = wall() + TOKEN_MS
      const url = mediaURL(trunk, mintToken(key, { trunk: trunk.key, nonce: pending.nonce, expiresAt }))
      const statusCallback = `${trunk.publicURL}${pathOf(trunk)}/status`
      this.#say(connectTo({ url, statusCallback }), expiresAt)
    },
    reject: status => this.#say(reject(isBusy(status))),
    hangUp: () => this.#hangUp(),
  }

  #say(twiml: string, expiresAt?: number): void {
    this.#o.book.answered(this.#o.pending, twiml, this.#o.wall(), expiresAt)
    this.#answer(this.#o.pending.reply ?? twiml)
  }

  /** By REST, and then by its socket: behind a stream stands nothing, so that alone ends it too. */
  #hangUp(): void {
    if (this.#hungUp) return
    this.#hungUp = true
    const { trunk, pending, api, warn } = this.#o
    if (pending.phase === 'held') return this.#say(reject(false))
    void api
      .hangUp(trunk, pending.sid)
      .catch((error: unknown) => warn(gatewayErrors.control(trunk.key, (error as Error).message)))
      .then(() => {
        this.#socket?.close()
        this.#leg?.gone({ code: 'hangup', by: 'switchboard' })
      })
  }

  #over(): void {
    const { book, pending, wall } = this.#o
    // nobody is to wait for an answer to a call that is over
    if (pending.phase === 'held') this.#say(reject(false))
    if (this.#leg?.ended !== false) this.#socket?.close()
    book.over(pending, wall())
  }

  /** As the agent declares: full is one way of not being there. */
  #refusal(why: Refusal, found: Found | null): string {
    const unavailable = found?.revision.policy.unavailable
    if (!unavailable) return reject(false)
    const { say, then } = unavailable
    const clip = say?.clip === undefined ? null : this.#o.clipURL(this.#o.trunk, say.clip)
    if (clip !== null) return lastWords({ play: clip })
    if (say?.text !== undefined) return lastWords({ say: say.text })
    return reject('reject' in then ? isBusy(then.reject) : why === 'full')
  }
}

function isBusy(status: number): boolean {
  return status === 486 || status === 600
}
