/** The legs that this worker has called: dialled, told of their SIP events, ticked, and taken down with all they hold. */
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { parseCidr } from '#crds/cidr.ts'
import { mediaAllowed, peerOf } from '#crds/trunk-access.ts'
import type { LegId } from '#runtime/call/ports.ts'
import { MediaSockets } from '#runtime/legs/sip/media-sockets.ts'
import type { Outbox } from '#runtime/legs/sip/outbox.ts'
import type { PortRange } from '#runtime/legs/sip/port-range.ts'
import { SipLeg } from '#runtime/legs/sip/sip-leg.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { CallKey, SipCommand, SipEvent, Target } from '#runtime/sip/api.ts'
import type { AgentDirectory, TrunkEntry } from './agent-directory.ts'
import { now, wallTime } from './clock.ts'
import { FarLeg, type SecondLeg, type SecondLegListener } from './far-leg.ts'
import type { LiveCall } from './live-call.ts'
import type { Pacer } from './pacer.ts'
import { type Outgoing, outgoingTo } from './ways-out.ts'

/** A name that is not resolved by then is not waited for: the caller hears nothing meanwhile. */
const LOOKUP_MS = 3000

export interface FarLegsOptions {
  readonly directory: AgentDirectory
  readonly ports: PortRange
  readonly outbox: Outbox
  readonly pacer: Pacer
  readonly host: string
  readonly advertise: string
  readonly command: (command: SipCommand) => void
}

export class FarLegs {
  readonly #o: FarLegsOptions
  readonly #live = new Map<CallKey, { far: FarLeg; secret: string | undefined; fail: (error: unknown) => void }>()

  constructor(options: FarLegsOptions) {
    this.#o = options
  }

  get size(): number {
    return this.#live.size
  }

  /** Name of the Secret that answers challenges for a leg. */
  secretOf(key: CallKey): string | undefined {
    return this.#live.get(key)?.secret
  }

  /** False: not one of these. */
  sip(event: Extract<SipEvent, { call: CallKey }>): boolean {
    const entry = this.#live.get(event.call)
    if (!entry) return false
    try {
      entry.far.leg?.sip(event)
    } catch (error) {
      entry.fail(error)
    }
    return true
  }

  /** @param ringMs how long it may ring */
  dial(call: LiveCall, key: LegId, destination: string, ringMs: Ms, listener: SecondLegListener): SecondLeg {
    const held: (() => void)[] = []
    const fail = (error: unknown): void => call.runner?.fail(error)
    const far = new FarLeg(listener, () => {
      this.#live.delete(key)
      for (const give of held.splice(0)) give()
    })
    const out = outgoingTo(call.found, call.incoming.requestUri.user, destination)
    const secret = out?.way.proxy.credentials
    this.#live.set(key, { far, secret, fail })
    const opening =
      out === null ? Promise.reject(new Error('no way out')) : this.#open(call, key, far, out, ringMs, held)
    opening.catch((error: unknown) => {
      call.log.warn({ err: error, destination }, 'a destination could not be called')
      far.fail(error instanceof Error ? error.message : 'error')
    })
    return far
  }

  async #open(
    call: LiveCall,
    key: CallKey,
    far: FarLeg,
    { way, to, from }: Outgoing,
    ringMs: Ms,
    held: (() => void)[],
  ): Promise<void> {
    const { proxy } = way
    const address = await addressOf(proxy.host)
    const sockets = await MediaSockets.open(this.#o.host, this.#o.ports, now, this.#o.outbox)
    if (far.ended || sockets === null) {
      sockets?.close()
      if (sockets === null) throw new Error('no media port')
      return
    }
    const trunk = withProxy(way.trunk, address)
    held.push(letIn(this.#o.directory, trunk))
    const peer = peerOf(trunk.access, address)
    const law = call.leg?.format.encoding === 'pcma' ? 'PCMA' : 'PCMU'
    const leg = new SipLeg({
      call: key,
      sockets,
      advertise: this.#o.advertise,
      laws: way.trunk.laws,
      law,
      command: this.#o.command,
      now,
      unixMs: wallTime,
      random: () => randomBytes(4).readUInt32BE(),
      mayLatch: candidate => trunk.access.latch && peer !== null && mediaAllowed(peer, candidate),
      onFault: error => call.runner?.fail(error),
    })
    far.take(leg)
    held.push(this.#o.pacer.add({ tick: at => leg.tick(at), fail: error => call.runner?.fail(error) }), () =>
      call.trace.legEnd(key, now(), { code: 'hangup', by: 'switchboard' }),
    )
    call.trace.legStart(key, now(), { codec: law, peer: address })
    const transport = proxy.transport === 'Tcp' ? 'tcp' : 'udp'
    const target: Target = { transport, address, port: proxy.port, flow: null }
    leg.dial({ to, from, target, ringMs })
  }
}

/** The proxy may answer from where it is, whoever else may call over its trunk. */
function withProxy(trunk: TrunkEntry, address: string): TrunkEntry {
  const own = parseCidr(`${address}/32`)
  if (own === null || peerOf(trunk.access, address) !== null) return { ...trunk }
  const { access } = trunk
  return { ...trunk, access: { ...access, peers: [...access.peers, { signalling: [own], media: [own] }] } }
}

const letIn = (directory: AgentDirectory, trunk: TrunkEntry): (() => void) => directory.hold(trunk)

async function addressOf(host: string): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${host} was not resolved in ${LOOKUP_MS} ms`)), LOOKUP_MS)
  })
  try {
    return (await Promise.race([lookup(host, 4), late])).address
  } finally {
    clearTimeout(timer)
  }
}
