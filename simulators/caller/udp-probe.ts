/**
 * Whether anybody is behind a UDP address. The kernel tells of ICMP "port unreachable" on connected sockets alone, and our phone's must not be one:
 * it would lose what its peer sends from elsewhere. So a second socket knocks, with an empty line, which SIP takes for a keep-alive (RFC 5626 §4.4.1).
 */
import { createSocket, type Socket } from 'node:dgram'

const KNOCK = Buffer.from('\r\n\r\n')

export class UdpProbe {
  readonly #socket: Socket
  #connected = false
  #closed = false

  /** `refused` is told the error's code. */
  constructor(address: string, port: number, refused: (code: string) => void) {
    this.#socket = createSocket('udp4')
    this.#socket.on('error', error => refused((error as NodeJS.ErrnoException).code ?? error.message))
    this.#socket.connect(port, address, () => {
      this.#connected = true
      this.knock()
    })
  }

  knock(): void {
    if (this.#connected && !this.#closed) this.#socket.send(KNOCK)
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close()
  }
}
