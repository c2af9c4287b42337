/** The SIP user agent on real sockets: bytes in, bytes and events out, one timer. */
import { randomBytes } from 'node:crypto'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import type { Advertised, SipCommand, SipEffect, SipEvent, Source } from '#runtime/sip/api.ts'
import { SipStream } from '#runtime/sip/stream.ts'
import { command, createUserAgent, receive, type Sign, tick, type UserAgent } from '#runtime/sip/user-agent.ts'
import { now } from './clock.ts'
import { SipSockets } from './sip-sockets.ts'

export interface SipEndpointOptions {
  readonly host: string
  readonly port: number
  /** Address for Via and Contact. */
  readonly advertise: string
  readonly isPeer: (address: string) => boolean
  readonly onEvent: (event: SipEvent) => void
  /** A packet or connection of somebody who may not speak to us. */
  readonly onForbidden: (address: string) => void
  readonly onFault: (error: unknown) => void
  /** Answers challenges. */
  readonly sign?: Sign
}

const PONG = Buffer.from('\r\n')

export class SipEndpoint {
  readonly #o: SipEndpointOptions
  readonly #sockets: SipSockets
  readonly #ua: UserAgent
  readonly #streams = new Map<string, SipStream>()
  readonly #effects: SipEffect[] = []
  #performing = false
  #timer: NodeJS.Timeout | null = null
  #timerAt: number | null = null
  #closed = false

  private constructor(options: SipEndpointOptions, sockets: SipSockets, advertised: Advertised) {
    this.#o = options
    this.#sockets = sockets
    this.#ua = createUserAgent({ advertised }, bytes => randomBytes(bytes).toString('hex'), options.sign)
  }

  static async open(options: SipEndpointOptions): Promise<SipEndpoint> {
    let endpoint: SipEndpoint | undefined
    const sockets = await SipSockets.open(options.host, options.port, {
      allowed: options.isPeer,
      refused: options.onForbidden,
      datagram: (bytes, from) => endpoint?.message(bytes, from),
      chunk: (bytes, from) => endpoint?.chunk(bytes, from),
      closed: flow => endpoint?.forget(flow),
    })
    const { port } = sockets
    endpoint = new SipEndpoint(options, sockets, { address: options.advertise, udpPort: port, tcpPort: port })
    return endpoint
  }

  get port(): number {
    return this.#sockets.port
  }

  command(what: SipCommand): void {
    this.run(out => command(this.#ua, what, now(), out))
  }

  /** One turn of the core, then what it wants done. A turn that a handler of an event takes adds to the same list, in order. */
  run(turn: (out: SipEffect[]) => void): void {
    if (this.#closed) return
    try {
      turn(this.#effects)
    } catch (error) {
      this.#o.onFault(error)
    }
    if (this.#performing) return
    this.#performing = true
    for (let i = 0; i < this.#effects.length; i++) this.#perform(this.#effects[i] as SipEffect)
    this.#effects.length = 0
    this.#performing = false
    this.#arm()
  }

  /** Waits until nothing of ours waits for an answer, at most `ms`. */
  async settle(ms: number): Promise<void> {
    const waits = (): boolean =>
      [...this.#ua.clients.values()].some(({ state }) => state === 'calling' || state === 'proceeding')
    for (const until = now() + ms; waits() && now() < until; ) await setTimeoutPromise(10)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#sockets.close()
  }

  #perform(effect: SipEffect): void {
    if (effect.do === 'event') {
      try {
        this.#o.onEvent(effect.event)
      } catch (error) {
        this.#o.onFault(error)
      }
      return
    }
    const { transaction } = effect
    try {
      this.#sockets.send(effect.bytes, effect.to, () => {
        if (transaction !== null) this.command({ do: 'sendFailed', transaction })
      })
    } catch (error) {
      this.#o.onFault(error)
    }
  }

  /** One whole message. */
  message(bytes: Uint8Array, from: Source): void {
    this.run(out => receive(this.#ua, bytes, from, now(), out))
  }

  /** A connection closed. */
  forget(flow: string): void {
    this.#streams.delete(flow)
  }

  /** A piece of a stream. */
  chunk(bytes: Buffer, from: Source): void {
    const flow = from.flow ?? ''
    let stream = this.#streams.get(flow)
    if (!stream) {
      stream = new SipStream()
      this.#streams.set(flow, stream)
    }
    const framed = stream.push(bytes)
    for (let i = 0; i < Math.min(framed.pings, 8); i++) this.#sockets.send(PONG, from, () => undefined)
    for (const message of framed.messages) this.message(message, from)
    if (framed.fault) this.#sockets.drop(flow)
  }

  #arm(): void {
    const { wakeAt } = this.#ua
    if (wakeAt === this.#timerAt || this.#closed) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAt = wakeAt
    if (wakeAt === null) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#timerAt = null
        this.run(out => tick(this.#ua, now(), out))
      },
      Math.max(0, Math.ceil(wakeAt - now())),
    )
  }
}
