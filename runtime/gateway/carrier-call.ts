/** One call of a carrier: its webhook that waits for an answer, its entry into the worker, and its leg's way to the carrier's REST API. */
import { randomBytes } from 'node:crypto'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { EndReason } from '#runtime/call/ports.ts'
import { type StreamControl, StreamLeg } from '#runtime/legs/media-stream/stream-leg.ts'
import type { StreamSink } from '#runtime/legs/media-stream/stream-media.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { Found } from '#runtime/worker/agent-directory.ts'
import type { Door, Entry, Refusal } from '#runtime/worker/incoming.ts'
import { type CarrierDial, carrierDial } from '#runtime/worker/ways-out.ts'
import type { CarrierApi } from './carrier-api.ts'
import type { DialNews, DialResult } from './dial-webhook.ts'
import { gatewayErrors } from './errors.ts'
import { Handover } from './handover.ts'
import { mintToken, TOKEN_MS } from './media-token.ts'
import type { PendingCall, PendingCalls } from './pending-calls.ts'
import { type GatewayTrunk, mediaURL, pathOf } from './trunk.ts'
import { connectTo, dialTo, lastWords, NOTHING, reject } from './twiml.ts'
import type { VoiceWebhook } from './voice-webhook.ts'

/** Twilio gives up on a webhook after 15 s. */
const LONGEST_RING_MS: Ms = 10_000
/** The carrier says how a call was, and what it costs, when it is over. */
const LINGER_MS: Ms = 10_000
const NONCE_BYTES = 18
/** As Twilio names countries; without one it plays its own tone, for it has none that is silent. */
const RING_TONES: Readonly<Record<CarrierDial['ringback'], string | undefined>> = {
  Us: 'us',
  Uk: 'uk',
  Eu: 'de',
  None: undefined,
}

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
  /** Whom the carrier is asked to call for a destination; null: nobody. */
  #dialOf: (destination: string) => CarrierDial | null = () => null

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
      open: answering => {
        this.#dialOf = destination => carrierDial(answering, webhook.to, destination)
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

  /** A socket of an earlier stream has no say any more. */
  isConnectedBy(socket: CarrierSocket): boolean {
    return this.#socket === socket
  }

  /** Its stream has begun, and is the one that was asked for. */
  attach(streamSid: string, sink: StreamSink): void {
    this.#handover.streamBegan()
    this.#leg?.attach(streamSid, sink)
  }

  /** Of a call that the carrier makes for this one. */
  dialNews(attempt: string, news: DialNews): void {
    this.#handover.news(attempt, news)
  }

  /** @returns the TwiML that answers it */
  dialResult(attempt: string, result: DialResult): string {
    return this.#handover.result(attempt, result) ?? NOTHING
  }

  /** It is over at the carrier. */
  gone(why: EndReason): void {
    this.#hungUp = true
    this.#leg?.gone(why)
  }

  /** Its socket is gone, and the carrier did not say why: nobody is to be left in silence there. */
  lost(socket: CarrierSocket | null, detail: string): void {
    if (socket !== null && this.#socket !== socket) return
    if (this.#leg?.ended === false && !this.#handover.streamEnded()) {
      this.#leg.gone({ code: 'signalling', by: 'caller', detail })
      this.#hangUp()
    }
  }

  note(entry: RecordEntry): void {
    this.#note(entry)
  }

  readonly #handover = new Handover({
    leg: () => this.#leg,
    dial: (attempt, { number, callerId, ringMs, ringback }) => {
      const { trunk, pending, api } = this.#o
      const action = `${trunk.publicURL}${pathOf(trunk)}/dial/${pending.sid}/${attempt}`
      const ringTone = RING_TONES[ringback]
      const twiml = dialTo({
        number,
        callerId,
        ringS: Math.round(ringMs / 1000),
        ...(ringTone !== undefined && { ringTone }),
        action,
        statusCallback: `${action}/status`,
      })
      return api.redirect(trunk, pending.sid, twiml)
    },
    redirect: twiml => this.#o.api.redirect(this.#o.trunk, this.#o.pending.sid, twiml),
    isAnswered: () => this.#o.api.isAnswered(this.#o.trunk, this.#o.pending.sid),
    connect: () => {
      const { book, pending, wall } = this.#o
      const expiresAt = wall() + TOKEN_MS
      book.again(pending, randomBytes(NONCE_BYTES).toString('base64url'), expiresAt)
      return this.#connectTwiml(expiresAt)
    },
    left: () => {
      this.#o.book.away(this.#o.pending)
      this.#socket?.close()
    },
    handedOver: () => {
      this.#hungUp = true
    },
    gone: why => this.gone(why),
    giveUp: detail => {
      this.#leg?.gone({ code: 'signalling', by: 'switchboard', detail })
      this.#hangUp()
    },
    warn: error => this.#o.warn(gatewayErrors.control(this.#o.trunk.key, (error as Error).message)),
  })

  readonly #control: StreamControl = {
    answer: () => {
      const expiresAt = this.#o.wall() + TOKEN_MS
      this.#say(this.#connectTwiml(expiresAt), expiresAt)
    },
    reject: status => this.#say(reject(isBusy(status))),
    hangUp: () => this.#hangUp(),
    transfer: destination => {
      const dial = this.#dialOf(destination)
      if (dial === null || this.#hungUp) return false
      this.#handover.begin(dial)
      return true
    },
    recall: () => this.#handover.recall(),
    streamEnded: () => this.#handover.streamEnded(),
  }

  #connectTwiml(expiresAt: number): string {
    const { trunk, pending, key } = this.#o
    const url = mediaURL(trunk, mintToken(key, { trunk: trunk.key, nonce: pending.nonce, expiresAt }))
    return connectTo({ url, statusCallback: `${trunk.publicURL}${pathOf(trunk)}/status` })
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
