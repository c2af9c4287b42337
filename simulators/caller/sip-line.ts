/** The caller's end of SIP: one user agent for one call, on a UDP socket, or a TCP connection with a listener beside it. */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { SipCommand, SipEffect, SipEvent, Source, Target } from '#runtime/sip/api.ts'
import { SipStream } from '#runtime/sip/stream.ts'
import { command, createUserAgent, receive, tick, type UserAgent } from '#runtime/sip/user-agent.ts'
import { monotonicMs } from './clock.ts'
import { callerErrors } from './errors.ts'
import { UdpProbe } from './udp-probe.ts'

export interface SipLineOptions {
  /** Address of this machine that the other side reaches. */
  readonly address: string
  /** Default: any that is free. */
  readonly port?: number
  readonly laws: readonly ('PCMU' | 'PCMA')[]
  readonly onEvent: (event: SipEvent) => void
  /** The network says that nobody takes what we send; `code`: ECONNREFUSED and the like. The end of the call follows. */
  readonly onUnreachable: (code: string) => void
}

const FINISH_MS = 4000
const FINISH_STEP_MS = 50

export class SipLine {
  readonly #udp: UdpSocket
  readonly #tcp: Server
  readonly #port: number
  readonly #ua: UserAgent
  readonly #onEvent: (event: SipEvent) => void
  readonly #onUnreachable: (code: string) => void
  #probe: UdpProbe | null = null
  /** The INVITE was sent, once. */
  #asked = false
  #heard = false
  readonly #connections = new Map<string, Socket>()
  readonly #effects: SipEffect[] = []
  #flows = 0
  #performing = false
  #timer: NodeJS.Timeout | null = null
  #closed = false

  private constructor(udp: UdpSocket, tcp: Server, options: SipLineOptions) {
    this.#udp = udp
    this.#tcp = tcp
    this.#onEvent = options.onEvent
    this.#onUnreachable = options.onUnreachable
    const { port } = udp.address()
    this.#port = port
    this.#ua = createUserAgent(
      {
        advertised: { address: options.address, udpPort: port, tcpPort: port },
        user: 'caller',
        product: 'Switchboard-Caller',
        laws: options.laws,
      },
      bytes => randomBytes(bytes).toString('hex'),
    )
    udp.on('message', (bytes, from) =>
      this.#receive(bytes, { transport: 'udp', address: from.address, port: from.port, flow: null }),
    )
    udp.on('error', () => undefined)
    tcp.on('connection', socket => this.#add(socket))
    tcp.on('error', () => undefined)
  }

  /** @throws SB_CALLER_NO_PORT */
  static async open(options: SipLineOptions): Promise<SipLine> {
    for (let attempt = 1; ; attempt++) {
      const udp = createSocket('udp4')
      const tcp = createServer({ noDelay: true })
      try {
        await new Promise<void>((resolve, reject) => {
          udp.once('error', reject)
          udp.bind({ address: options.address, port: options.port ?? 0, exclusive: true }, resolve)
        })
        const { port } = udp.address()
        await new Promise<void>((resolve, reject) => {
          tcp.once('error', reject)
          tcp.listen({ host: options.address, port, exclusive: true }, resolve)
        })
        return new SipLine(udp, tcp, options)
      } catch (cause) {
        udp.close()
        tcp.close()
        if (attempt >= 10 || options.port)
          throw callerErrors.noPort(options.address, String(cause), { cause: cause as Error })
      }
    }
  }

  get port(): number {
    return this.#port
  }

  /** Anything at all has come from the other side. */
  get heard(): boolean {
    return this.#heard
  }

  command(what: SipCommand): void {
    this.#turn(out => command(this.#ua, what, monotonicMs(), out))
  }

  /** Closes when our BYE is answered, or has waited long enough. */
  async finish(): Promise<void> {
    for (let waited = 0; waited < FINISH_MS && !this.#closed; waited += FINISH_STEP_MS) {
      await new Promise<void>(resolve => {
        setTimeout(resolve, FINISH_STEP_MS)
      })
      if (![...this.#ua.clients.values()].some(t => t.purpose === 'bye' && t.state !== 'completed')) break
    }
    await this.close()
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#probe?.close()
    for (const socket of this.#connections.values()) socket.destroy()
    await new Promise<void>(resolve => {
      this.#udp.close(resolve)
    })
    await new Promise<void>(resolve => {
      this.#tcp.close(() => resolve())
    })
  }

  #receive(bytes: Uint8Array, from: Source): void {
    this.#heard = true
    this.#turn(out => receive(this.#ua, bytes, from, monotonicMs(), out))
  }

  /** One turn of the core, then what it wants done; turns taken by handlers add to the same list. */
  #turn(turn: (out: SipEffect[]) => void): void {
    if (this.#closed) return
    turn(this.#effects)
    if (this.#performing) return
    this.#performing = true
    for (let i = 0; i < this.#effects.length; i++) {
      const effect = this.#effects[i] as SipEffect
      if (effect.do === 'event') this.#onEvent(effect.event)
      else this.#send(effect.bytes, effect.to, effect.transaction)
    }
    this.#effects.length = 0
    this.#performing = false
    this.#arm()
  }

  #arm(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const { wakeAt } = this.#ua
    if (wakeAt === null || this.#closed) return
    const wait = Math.max(0, Math.ceil(wakeAt - monotonicMs()))
    this.#timer = setTimeout(() => this.#turn(out => tick(this.#ua, monotonicMs(), out)), wait)
  }

  #send(bytes: Uint8Array, to: Target, transaction: string | null): void {
    if (this.#closed) return
    const failed = (code: string): void => {
      if (transaction === null || this.#closed) return
      if (!this.#heard) this.#onUnreachable(code)
      this.command({ do: 'sendFailed', transaction })
    }
    if (to.transport === 'udp') {
      this.#udp.send(bytes, to.port, to.address, error => {
        if (error) failed((error as NodeJS.ErrnoException).code ?? error.message)
      })
      if (transaction !== null && !this.#heard) this.#knock(to, failed)
      return
    }
    let socket = this.#connections.get(to.flow ?? '') ?? this.#connections.get(nameOf(to.address, to.port))
    if (socket === undefined) {
      let connected = false
      let why = 'closed'
      socket = connect({ host: to.address, port: to.port, noDelay: true })
      socket.once('connect', () => {
        connected = true
      })
      socket.once('error', error => {
        why = (error as NodeJS.ErrnoException).code ?? error.message
      })
      socket.once('close', () => {
        if (!connected) failed(why)
      })
      this.#connections.set(nameOf(to.address, to.port), socket)
      this.#add(socket, { transport: 'tcp', address: to.address, port: to.port, flow: nameOf(to.address, to.port) })
    }
    socket.write(bytes)
  }

  /** With what is sent again for want of an answer: somebody who answers is not knocked at. */
  #knock(to: Target, refused: (code: string) => void): void {
    if (this.#asked) this.#probe ??= new UdpProbe(to.address, to.port, refused)
    this.#probe?.knock()
    this.#asked = true
  }

  #add(socket: Socket, peer?: Source): void {
    const from = peer ?? {
      transport: 'tcp' as const,
      address: socket.remoteAddress ?? '',
      port: socket.remotePort ?? 0,
      flow: `in${++this.#flows}`,
    }
    const flow = from.flow ?? ''
    const stream = new SipStream()
    this.#connections.set(flow, socket)
    socket.on('data', chunk => {
      const framed = stream.push(chunk)
      for (const message of framed.messages) this.#receive(message, from)
      if (framed.fault) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.#connections.delete(flow))
  }
}

function nameOf(address: string, port: number): string {
  return `${address}:${port}`
}
