/** The caller's RTP socket, on a line as bad as asked for. */
import { createSocket, type Socket } from 'node:dgram'
import { monotonicMs } from './clock.ts'
import { callerErrors } from './errors.ts'
import { Impairment, type LineFaults } from './impairment.ts'

export interface MediaLineOptions {
  readonly address: string
  readonly faults: LineFaults
  readonly seed: number
  readonly onPacket: (bytes: Uint8Array, at: number) => void
}

/** Packets on their way at most: beyond, the line is as good as cut. */
const MAX_IN_FLIGHT = 500
const ATTEMPTS = 50

export class MediaLine {
  readonly port: number
  readonly #rtp: Socket
  readonly #rtcp: Socket
  readonly #out: Impairment
  readonly #in: Impairment
  readonly #late = new Set<NodeJS.Timeout>()
  #closed = false

  private constructor(rtp: Socket, rtcp: Socket, options: MediaLineOptions) {
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.port = rtp.address().port
    this.#out = new Impairment(options.faults, options.seed)
    this.#in = new Impairment(options.faults, options.seed + 1)
    rtp.on('message', bytes => this.#pass(this.#in, bytes, () => options.onPacket(bytes, monotonicMs())))
    rtp.on('error', () => undefined)
    // reports are taken and thrown away: nothing here needs them
    rtcp.on('error', () => undefined)
  }

  /** An even port with its neighbour (RFC 3550 §11). @throws SB_CALLER_NO_PORT */
  static async open(options: MediaLineOptions): Promise<MediaLine> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const rtp = await bound(options.address, 0)
      const port = rtp?.address().port ?? 1
      const rtcp = port % 2 === 0 ? await bound(options.address, port + 1) : null
      if (rtp && rtcp) return new MediaLine(rtp, rtcp, options)
      rtp?.close()
      rtcp?.close()
    }
    throw callerErrors.noPort(options.address, 'no two ports in a row')
  }

  /** Packets thrown away on purpose, by way. */
  get lost(): { readonly out: number; readonly in: number } {
    return { out: this.#out.lost, in: this.#in.lost }
  }

  send(packet: Uint8Array, address: string, port: number): void {
    const copy = Buffer.from(packet)
    this.#pass(this.#out, copy, () => this.#rtp.send(copy, port, address, () => undefined))
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#late) clearTimeout(timer)
    this.#rtp.close()
    this.#rtcp.close()
  }

  #pass(way: Impairment, bytes: Uint8Array, arrive: () => void): void {
    if (this.#closed || bytes.length === 0) return
    const late = way.fate()
    if (late === null || this.#late.size >= MAX_IN_FLIGHT) return
    if (late < 1) return arrive()
    const timer = setTimeout(() => {
      this.#late.delete(timer)
      if (!this.#closed) arrive()
    }, late)
    this.#late.add(timer)
  }
}

async function bound(address: string, port: number): Promise<Socket | null> {
  const socket = createSocket('udp4')
  return new Promise(resolve => {
    socket.once('error', () => {
      socket.close()
      resolve(null)
    })
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}
