/**
 * The SIP listeners of a worker: UDP and TCP on the same port. Bytes in and out only; what they mean is the core's. A peer that may not
 * speak to us is cut off here, before a byte of it is parsed.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { lookup } from 'node:dns'
import { connect, createServer, isIP, type Server, type Socket } from 'node:net'
import type { Source, Target } from '#runtime/sip/api.ts'
import { workerErrors } from './errors.ts'

export interface SipSocketsEvents {
  /** Whether packets and connections from there are looked at at all. */
  allowed(address: string): boolean
  datagram(bytes: Buffer, from: Source): void
  /** A chunk of a stream, as it came: framing is the core's. */
  chunk(bytes: Buffer, from: Source): void
  closed(flow: string): void
  refused(address: string): void
}

const MAX_CONNECTIONS = 1024
/** A peer that does not read its answers is cut off, not buffered for. */
const MAX_UNSENT_BYTES = 1024 * 1024
const IDLE_MS = 30 * 60_000
const BIND_ATTEMPTS = 20

export class SipSockets {
  readonly #events: SipSocketsEvents
  readonly #udp: UdpSocket
  readonly #tcp: Server
  /** By flow: a name of ours for one connection, never used again. */
  readonly #connections = new Map<string, { socket: Socket; peer: Source }>()
  #nextFlow = 1
  #closed = false

  private constructor(events: SipSocketsEvents, udp: UdpSocket, tcp: Server) {
    this.#events = events
    this.#udp = udp
    this.#tcp = tcp
    udp.on('message', (bytes, info) => {
      if (!events.allowed(info.address)) events.refused(info.address)
      else events.datagram(bytes, { transport: 'udp', address: info.address, port: info.port, flow: null })
    })
    // an ICMP error of an unconnected socket says nothing about the rest: timers of the core decide
    udp.on('error', () => undefined)
    tcp.on('connection', socket => this.#accept(socket))
    tcp.on('error', () => undefined)
  }

  get port(): number {
    return this.#udp.address().port
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Port 0 takes one that is free for both. */
  static async open(host: string, port: number, events: SipSocketsEvents): Promise<SipSockets> {
    for (let attempt = 1; ; attempt++) {
      const udp = createSocket('udp4')
      const tcp = createServer({ noDelay: true, pauseOnConnect: false })
      tcp.maxConnections = MAX_CONNECTIONS
      try {
        await new Promise<void>((resolve, reject) => {
          udp.once('error', reject)
          udp.bind({ address: host, port, exclusive: true }, () => {
            udp.off('error', reject)
            resolve()
          })
        })
        await new Promise<void>((resolve, reject) => {
          tcp.once('error', reject)
          tcp.listen({ host, port: udp.address().port, exclusive: true }, () => {
            tcp.off('error', reject)
            resolve()
          })
        })
        return new SipSockets(events, udp, tcp)
      } catch (cause) {
        try {
          udp.close()
        } catch {
          // not bound: nothing to close
        }
        tcp.close()
        const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
        if (port !== 0 || attempt >= BIND_ATTEMPTS)
          throw workerErrors.sipPortTaken(host, port, code, { cause: cause as Error })
      }
    }
  }

  /** Best effort over UDP; `failed` is told when a stream refuses, or a name does not resolve. */
  send(bytes: Uint8Array, to: Target, failed: () => void): void {
    if (this.#closed) return
    if (to.transport === 'tcp') {
      this.#sendStream(bytes, to, failed)
    } else if (isIP(to.address) !== 0) {
      this.#udp.send(bytes, to.port, to.address, () => undefined)
    } else {
      const copy = Buffer.from(bytes)
      lookup(to.address, 4, (error, address) => {
        if (this.#closed) return
        if (error) failed()
        else this.#udp.send(copy, to.port, address, () => undefined)
      })
    }
  }

  /** Closes a connection whose peer broke the framing. */
  drop(flow: string): void {
    this.#connections.get(flow)?.socket.destroy()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const { socket } of this.#connections.values()) socket.destroy()
    await Promise.all([
      new Promise<void>(resolve => {
        this.#udp.close(() => resolve())
      }),
      new Promise<void>(resolve => {
        this.#tcp.close(() => resolve())
      }),
    ])
  }

  #accept(socket: Socket): void {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    if (!this.#events.allowed(address)) {
      this.#events.refused(address)
      socket.destroy()
      return
    }
    this.#add(socket, address, socket.remotePort ?? 0)
  }

  #add(socket: Socket, address: string, port: number): void {
    const flow = `t${this.#nextFlow++}`
    const peer: Source = { transport: 'tcp', address, port, flow }
    this.#connections.set(flow, { socket, peer })
    socket.setNoDelay(true)
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    socket.on('data', bytes => this.#events.chunk(bytes, peer))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#connections.delete(flow)
      if (!this.#closed) this.#events.closed(flow)
    })
  }

  #sendStream(bytes: Uint8Array, to: Target, failed: () => void): void {
    const open = (to.flow === null ? undefined : this.#connections.get(to.flow)?.socket) ?? this.#find(to)
    if (open && open.writableLength <= MAX_UNSENT_BYTES) {
      open.write(bytes)
      return
    }
    if (open || this.#connections.size >= MAX_CONNECTIONS) {
      open?.destroy()
      failed()
      return
    }
    const socket = connect({ host: to.address, port: to.port })
    let connected = false
    socket.once('connect', () => {
      connected = true
    })
    socket.once('close', () => {
      if (!connected) failed()
    })
    this.#add(socket, to.address, to.port)
    socket.write(bytes)
  }

  #find(to: Target): Socket | undefined {
    for (const { socket, peer } of this.#connections.values())
      if (peer.address === to.address && peer.port === to.port) return socket
    return undefined
  }
}
