/**
 * The gateway: carriers' webhooks and media sockets, on a port of its own that the outside may reach. It alone holds carriers' credentials. In
 * `switchboard run` it is in the worker's process, and hands its calls to the worker's door.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Found } from '#runtime/worker/agent-directory.ts'
import { now, wallTime } from '#runtime/worker/clock.ts'
import type { Door } from '#runtime/worker/incoming.ts'
import type { Logger } from '#runtime/worker/logger.ts'
import { CarrierApi } from './carrier-api.ts'
import { CarrierCall } from './carrier-call.ts'
import { clipAddress, clipOf, wavOf } from './clips.ts'
import { readDialNews, readDialResult } from './dial-webhook.ts'
import { gatewayErrors } from './errors.ts'
import { MediaServer, type Refused } from './media-server.ts'
import { readToken } from './media-token.ts'
import { type PendingCall, PendingCalls } from './pending-calls.ts'
import { signedWebhook } from './signed-webhook.ts'
import type { GatewayTrunk } from './trunk.ts'
import { type Form, isSigned } from './twilio-signature.ts'
import { NOTHING } from './twiml.ts'
import { readStatus, readVoice, type StatusWebhook, type VoiceWebhook } from './voice-webhook.ts'

export interface GatewayOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly trunks: readonly GatewayTrunk[]
  readonly door: Door
  /** Who answers a number over a trunk. */
  readonly find: (trunk: string, number: string) => Found | null
  /** A recording as PCMU at 8 kHz. */
  readonly clip: (id: string) => Uint8Array | null
  readonly log: Logger
}

export interface Gateway {
  readonly port: number
  /** Idempotent. */
  close(): Promise<void>
}

/** A webhook of a carrier has 2 KiB. */
const MAX_BODY = 32 * 1024
/** A request that is not here whole by then is no carrier's. */
const REQUEST_MS = 10_000
const SWEEP_MS = 1000
const KEY_BYTES = 32
const NONCE_BYTES = 18
const EMPTY: Form = new Map()

/** @throws SwitchboardError when the port is taken */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new CarrierGateway(options)
  await gateway.listen()
  return gateway
}

class CarrierGateway implements Gateway {
  readonly #o: GatewayOptions
  readonly #app: FastifyInstance
  readonly #trunks: ReadonlyMap<string, GatewayTrunk>
  readonly #book = new PendingCalls()
  readonly #calls = new Map<PendingCall, CarrierCall>()
  readonly #api = new CarrierApi()
  readonly #media: MediaServer
  /** Of this process: tokens of another one are none. */
  readonly #key = randomBytes(KEY_BYTES)
  readonly #sweep: NodeJS.Timeout
  #closing: Promise<void> | null = null

  constructor(options: GatewayOptions) {
    this.#o = options
    this.#trunks = new Map(options.trunks.map(trunk => [trunk.key, trunk]))
    this.#app = fastify({
      logger: false,
      bodyLimit: MAX_BODY,
      requestTimeout: REQUEST_MS,
      forceCloseConnections: true,
      http: { maxHeaderSize: 16_384, headersTimeout: REQUEST_MS, connectionsCheckingInterval: 1000 },
    })
    this.#media = new MediaServer({
      admit: request => this.#admit(request),
      isFor: (call, start) =>
        start.callSid === call.pending.sid &&
        start.accountSid === this.#trunks.get(call.pending.trunk)?.accountSid &&
        start.encoding === 'audio/x-mulaw' &&
        start.sampleRate === 8000,
      failed: (call, error) => options.door.fail(`${call.pending.trunk}/${call.pending.sid}`, error),
    })
    this.#routes()
    this.#sweep = setInterval(() => this.#late(), SWEEP_MS)
    this.#sweep.unref()
  }

  get port(): number {
    const address = this.#app.server.address()
    return typeof address === 'object' && address ? address.port : this.#o.port
  }

  async listen(): Promise<void> {
    const { host, port } = this.#o
    try {
      await this.#app.listen({ host, port })
    } catch (cause) {
      clearInterval(this.#sweep)
      throw gatewayErrors.portTaken(host, port, (cause as NodeJS.ErrnoException).code ?? 'unknown', { cause })
    }
    this.#app.server.on('upgrade', (request, socket, head) => this.#media.upgrade(request, socket, head))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweep)
    await this.#api.close()
    this.#media.close()
    await this.#app.close()
  }

  #routes(): void {
    const app = this.#app
    app.removeAllContentTypeParsers()
    for (const type of ['application/x-www-form-urlencoded', 'application/json'])
      app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.post('/carriers/:namespace/:name/voice', async (request, reply) => this.#voice(request, reply))
    app.post('/carriers/:namespace/:name/status', async (request, reply) => this.#status(request, reply))
    app.post('/carriers/:namespace/:name/dial/:sid/:attempt', (request, reply) => this.#dialResult(request, reply))
    app.post('/carriers/:namespace/:name/dial/:sid/:attempt/status', (request, reply) => this.#dialNews(request, reply))
    app.get('/carriers/:namespace/:name/clips/:file', (request, reply) => this.#clip(request, reply))
    // whatever is wrong, nothing of ours is in the answer
    app.setErrorHandler((error, _request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 500
      if (status >= 500) this.#o.log.error({ err: error }, 'an error in the gateway')
      return reply.code(status).send()
    })
    app.setNotFoundHandler((_request, reply) => reply.code(404).send())
  }

  async #voice(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const trunk = this.#trunkOf(request)
    if (!trunk) return reply.code(404).send()
    const webhook = signedWebhook(trunk, request, reply, this.#o.log, readVoice)
    if (!webhook) return reply
    const twiml = await this.#answerTo(trunk, webhook)
    return reply.type('text/xml; charset=utf-8').send(twiml)
  }

  /** The same request again gets the same answer, and starts nothing. */
  #answerTo(trunk: GatewayTrunk, webhook: VoiceWebhook): Promise<string> | string {
    const known = this.#book.find(trunk.key, webhook.sid)
    if (known) return known.reply ?? this.#calls.get(known)?.reply ?? NOTHING
    const nonce = randomBytes(NONCE_BYTES).toString('base64url')
    const pending = this.#book.begin(trunk.key, webhook.sid, nonce, wallTime())
    const call = new CarrierCall({
      trunk,
      pending,
      book: this.#book,
      door: this.#o.door,
      api: this.#api,
      key: this.#key,
      now,
      wall: wallTime,
      clipURL: (to, id) => (this.#o.clip(id) ? clipAddress(this.#key, to, id) : null),
      warn: error => this.#o.log.warn({ err: error }, 'the carrier was asked in vain'),
    })
    this.#calls.set(pending, call)
    call.offer(webhook, this.#o.find(trunk.key, webhook.to))
    return call.reply
  }

  #status(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const trunk = this.#trunkOf(request)
    if (!trunk) return reply.code(404).send()
    const webhook: StatusWebhook | null = signedWebhook(trunk, request, reply, this.#o.log, readStatus)
    if (!webhook) return reply
    const call = this.#callOf(trunk.key, webhook.sid)
    const { status, seconds, code } = webhook
    call?.note({ kind: 'carrier', status, ...(seconds !== null && { seconds }), ...(code !== null && { code }) })
    // a caller who gives up while it rings, here or at somebody else's, is known by nothing else
    const { phase } = call?.pending ?? {}
    if (webhook.over && call && phase === 'away') {
      if (status !== 'stream-error') call.gone({ code: 'hangup', by: 'caller', detail: status })
    } else if (webhook.over && call && phase !== 'connected')
      call.gone({ code: 'cancelled', by: 'caller', detail: status })
    return reply.code(204).send()
  }

  /** A call that was made for one of ours is over: what becomes of the caller? One that we know nothing of any more ends. */
  #dialResult(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const said = this.#ofDial(request, reply, readDialResult)
    if (!said) return reply
    const twiml = this.#callOf(said.trunk.key, said.webhook.sid)?.dialResult(said.attempt, said.webhook) ?? NOTHING
    return reply.type('text/xml; charset=utf-8').send(twiml)
  }

  #dialNews(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const said = this.#ofDial(request, reply, readDialNews)
    if (!said) return reply
    this.#callOf(said.trunk.key, said.webhook.sid)?.dialNews(said.attempt, said.webhook)
    return reply.code(204).send()
  }

  #ofDial<T extends { account: string; sid: string }>(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (form: Form) => T | string,
  ): { trunk: GatewayTrunk; attempt: string; webhook: T } | null {
    const trunk = this.#trunkOf(request)
    const { sid, attempt } = request.params as { sid: string; attempt: string }
    if (!trunk) {
      void reply.code(404).send()
      return null
    }
    const ofThisCall = (form: Form): T | string => {
      const said = read(form)
      return typeof said === 'string' || said.sid === sid ? said : 'it is about another call'
    }
    const webhook = signedWebhook(trunk, request, reply, this.#o.log, ofThisCall)
    return webhook && { trunk, attempt, webhook }
  }

  #clip(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const trunk = this.#trunkOf(request)
    const id = trunk && clipOf(this.#key, trunk, (request.params as { file: string }).file)
    const audio = id === null ? null : this.#o.clip(id)
    if (!audio) return reply.code(404).send()
    return reply.type('audio/wav').header('cache-control', 'private, max-age=3600').send(wavOf(audio))
  }

  #admit(request: IncomingMessage): CarrierCall | Refused {
    const [, key = '', token = ''] =
      /^\/carriers\/([a-z0-9-]+\/[a-z0-9.-]+)\/media\/([\w.-]{1,200})$/.exec(request.url ?? '') ?? []
    const trunk = this.#trunks.get(key)
    if (!trunk || request.method !== 'GET') return 404
    const refused = (why: string, status: Refused): Refused => {
      this.#o.log.warn({ err: gatewayErrors.badToken(trunk.key, why), peer: request.socket.remoteAddress }, 'refused')
      return status
    }
    const signature = request.headers['x-twilio-signature']
    // not every carrier's stand-in signs an upgrade; one that does must do it right
    const url = trunk.publicURL.replace(/^http/, 'ws') + request.url
    if (signature !== undefined && !isSigned(trunk.authToken, { url, form: EMPTY }, String(signature)))
      return refused('its signature is wrong', 403)
    const read = readToken(this.#key, key, token, wallTime())
    if (!read) return refused('its token is none, or too old', 403)
    const redeemed = this.#book.redeem(key, read.nonce, wallTime())
    if (!redeemed.ok) return refused(`its token is ${redeemed.why}`, 403)
    return this.#calls.get(redeemed.call) ?? 404
  }

  #trunkOf(request: FastifyRequest): GatewayTrunk | null {
    const { namespace, name } = request.params as { namespace: string; name: string }
    return this.#trunks.get(`${namespace}/${name}`) ?? null
  }

  #callOf(trunk: string, sid: string): CarrierCall | null {
    const pending = this.#book.find(trunk, sid)
    return pending ? (this.#calls.get(pending) ?? null) : null
  }

  #late(): void {
    const at = wallTime()
    for (const pending of this.#book.late(at))
      this.#calls.get(pending)?.gone({ code: 'cancelled', by: 'caller', detail: 'no media socket came' })
    for (const pending of this.#calls.keys())
      if (pending.phase === 'over' && at - pending.at > 2 * REQUEST_MS) this.#calls.delete(pending)
  }
}
