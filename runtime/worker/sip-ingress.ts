/** The way in over SIP: an INVITE becomes a call, its user agent's events and its media sockets become a leg. */
import { randomBytes } from 'node:crypto'
import { mediaAllowed } from '#crds/trunk-access.ts'
import { endReasonOf } from '#runtime/legs/sip/end-reason.ts'
import { MediaSockets } from '#runtime/legs/sip/media-sockets.ts'
import type { Outbox } from '#runtime/legs/sip/outbox.ts'
import type { PortRange } from '#runtime/legs/sip/port-range.ts'
import { SipLeg } from '#runtime/legs/sip/sip-leg.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { CallKey, IncomingCall, SipCommand, SipEvent } from '#runtime/sip/api.ts'
import type { Credentials } from '#runtime/sip/digest.ts'
import type { AgentDirectory, Found } from './agent-directory.ts'
import type { Calls } from './calls.ts'
import { now, wallTime } from './clock.ts'
import { FarLegs } from './far-legs.ts'
import type { Entry, Refusal } from './incoming.ts'
import type { Logger } from './logger.ts'
import type { Pacer } from './pacer.ts'
import { signer } from './sign.ts'
import { SipEndpoint } from './sip-endpoint.ts'
import { referTo } from './ways-out.ts'

export interface SipIngressOptions {
  readonly calls: Calls
  readonly directory: AgentDirectory
  readonly ports: PortRange
  readonly outbox: Outbox
  readonly pacer: Pacer
  /** What is in the Secret by which a trunk's proxy knows us. */
  readonly trunkCredentials?: (secret: string) => Credentials | undefined
  readonly log: Logger
  /** Address that all sockets bind to, and the one that SDP, Via and Contact name. */
  readonly host: string
  readonly port: number
  readonly advertise: string
  /** An INVITE came from this address. */
  readonly onPeer: (address: string) => void
  /** A stranger spoke. */
  readonly onForbidden: () => void
}

/** `retryAfterS`: when a refused peer may try again: a call may end soon; another pod can answer at once. */
const ANSWERS: Readonly<Record<Refusal, { status: number; phrase: string; retryAfterS?: number }>> = {
  no_agent: { status: 404, phrase: 'No Agent Answers This Number' },
  draining: { status: 503, phrase: 'Draining', retryAfterS: 5 },
  full: { status: 503, phrase: 'All Slots Taken', retryAfterS: 2 },
  no_media: { status: 503, phrase: 'No Media Port', retryAfterS: 2 },
  fault: { status: 500, phrase: 'Server Internal Error' },
}

export class SipIngress {
  readonly #o: SipIngressOptions
  /** Of each call that is not over; null: its media is not there yet. */
  readonly #legs = new Map<CallKey, SipLeg | null>()

  readonly #far: FarLegs
  #endpoint!: SipEndpoint

  private constructor(options: SipIngressOptions) {
    this.#o = options
    this.#far = new FarLegs({ ...options, command: this.command })
  }

  /** @throws SwitchboardError when the port is taken */
  static async open(options: SipIngressOptions): Promise<SipIngress> {
    const ingress = new SipIngress(options)
    const { host, port, advertise, directory, onForbidden, log } = options
    ingress.#endpoint = await SipEndpoint.open({
      host,
      port,
      advertise,
      isPeer: address => directory.isPeer(address),
      onEvent: event => ingress.#onSip(event),
      onForbidden,
      onFault: error => log.error({ err: error }, 'an error in SIP'),
      sign: signer(
        call => ingress.#far.secretOf(call),
        secret => options.trunkCredentials?.(secret),
      ),
    })
    return ingress
  }

  get port(): number {
    return this.#endpoint.port
  }

  readonly command = (command: SipCommand): void => this.#endpoint.command(command)

  /** Calls a destination as a second leg of a call. */
  readonly dial: FarLegs['dial'] = (...how) => this.#far.dial(...how)

  /** No new calls from now on: said by the user agent, before a call is looked at. */
  drain(): void {
    this.command({ do: 'admit', admission: { open: false, ...ANSWERS.draining } })
  }

  /** Waits for the answers to the last BYEs, `ms` at most, and gives the sockets back. */
  async close(ms: Ms): Promise<void> {
    await this.#endpoint.settle(ms)
    await this.#endpoint.close()
  }

  #onSip(event: SipEvent): void {
    const { calls, log } = this.#o
    if (event.type === 'fault') {
      log.debug({ code: event.code, status: event.status, peer: event.source.address }, 'SIP message not usable')
      return
    }
    if (event.type === 'incoming') return this.#incoming(event.call, event.incoming)
    if (this.#far.sip(event)) return
    const leg = this.#legs.get(event.call)
    if (leg) {
      try {
        leg.sip(event)
      } catch (error) {
        calls.fail(event.call, error)
      }
    } else if (leg === null && event.type === 'ended') calls.early(event.call, endReasonOf(event, null))
  }

  #incoming(key: CallKey, incoming: IncomingCall): void {
    const { calls, directory, onPeer } = this.#o
    onPeer(incoming.source.address)
    const entry: Entry = {
      key,
      incoming,
      idName: 'sipCallId',
      refuse: why => this.command({ do: 'reject', call: key, ...ANSWERS[why] }),
      open: (found, fail) => this.#open(key, incoming, found, fail),
      over: () => this.#legs.delete(key),
    }
    this.#legs.set(key, null)
    calls.offer(entry, directory.find(incoming.source.address, incoming.requestUri.user))
  }

  async #open(
    key: CallKey,
    incoming: IncomingCall,
    found: Found,
    onFault: (error: unknown) => void,
  ): Promise<SipLeg | null> {
    const { trunk, peer } = found
    const sockets = await MediaSockets.open(this.#o.host, this.#o.ports, now, this.#o.outbox)
    if (!sockets) return null
    try {
      const leg = new SipLeg({
        call: key,
        sockets,
        advertise: this.#o.advertise,
        laws: trunk.laws,
        law: incoming.media?.law ?? trunk.laws[0] ?? 'PCMU',
        command: this.command,
        now,
        unixMs: wallTime,
        random: () => randomBytes(4).readUInt32BE(),
        mayLatch: address => trunk.access.latch && mediaAllowed(peer, address),
        onFault,
        refer: name => referTo(found, incoming.source.address, incoming.requestUri.user, name),
      })
      // the caller may have given up meanwhile
      if (this.#legs.has(key)) this.#legs.set(key, leg)
      return leg
    } catch (error) {
      sockets.close()
      throw error
    }
  }
}
