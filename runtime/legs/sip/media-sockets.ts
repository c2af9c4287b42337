/** The two sockets of a leg's media: RTP on an even port and RTCP on the next. Unconnected, for a connected one dies with its peer's port. */
import { createSocket, type Socket } from 'node:dgram'
import type { Ms } from '#runtime/media/format.ts'
import type { MediaAddress } from '#runtime/rtp/latch.ts'
import type { Outbox } from './outbox.ts'
import type { PortRange } from './port-range.ts'

export type MediaListener = (bytes: Buffer, from: MediaAddress) => void

export class MediaSockets {
  readonly port: number
  readonly #rtp: Socket
  readonly #rtcp: Socket
  readonly #outbox: Outbox
  readonly #give: () => void
  #closed = false
  onRtp: MediaListener = () => undefined
  onRtcp: MediaListener = () => undefined

  private constructor(rtp: Socket, rtcp: Socket, port: number, outbox: Outbox, give: () => void) {
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.port = port
    this.#outbox = outbox
    this.#give = give
    rtp.on('message', (bytes, from) => this.onRtp(bytes, from))
    rtcp.on('message', (bytes, from) => this.onRtcp(bytes, from))
    // ICMP port unreachable and the like: the call's own silence detection decides
    rtp.on('error', () => undefined)
    rtcp.on('error', () => undefined)
  }

  /** Null when the range has no port that is free and rested. Ports of other processes are skipped, and rest too. */
  static async open(host: string, range: PortRange, now: () => Ms, outbox: Outbox): Promise<MediaSockets | null> {
    for (let attempt = 0; attempt < range.size; attempt++) {
      const port = range.take(now())
      if (port === null) return null
      const rtp = await bind(host, port)
      const rtcp = rtp && (await bind(host, port + 1))
      if (rtp && rtcp) return new MediaSockets(rtp, rtcp, port, outbox, () => range.give(port, now()))
      rtp?.close()
      range.give(port, now())
    }
    return null
  }

  /** The next packet, to be written into. */
  get packet(): Buffer {
    return this.#outbox.next
  }

  /** Its first `length` bytes leave with the next flush of the outbox. */
  queueRtp(length: number, to: MediaAddress): void {
    this.#outbox.put(this, length, to)
  }

  /** A send that fails is a packet lost: without a callback dgram says nothing of it, and leaves nothing to do behind. */
  sendRtp(packet: Uint8Array, to: MediaAddress): void {
    if (!this.#closed) this.#rtp.send(packet, to.port, to.address)
  }

  /** `mux`: RTCP rides on the RTP port (RFC 5761). */
  sendRtcp(packet: Uint8Array, to: MediaAddress, mux: boolean): void {
    if (!this.#closed) (mux ? this.#rtp : this.#rtcp).send(packet, to.port, to.address)
  }

  /** Idempotent; the port goes back to rest. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.onRtp = () => undefined
    this.onRtcp = () => undefined
    this.#rtp.close()
    this.#rtcp.close()
    this.#give()
  }
}

/** Media goes to addresses, never to names: without a look-up a packet leaves in the same turn. */
function literal(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, 4)
}

async function bind(address: string, port: number): Promise<Socket | null> {
  const socket = createSocket({ type: 'udp4', lookup: literal })
  return new Promise(resolve => {
    socket.once('error', () => {
      socket.close()
      resolve(null)
    })
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}
