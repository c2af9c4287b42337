/** A TCP proxy that can do what networks do: cut, hold half open, be slow. For tests. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy {
  /** Bytes are taken and forgotten, both ways; nothing is closed: a half-open connection. */
  held = false
  /** Milliseconds that every chunk is late. */
  delayMs = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()

  /** @param targetPort on 127.0.0.1 */
  constructor(targetPort: number) {
    this.#server = createServer(near => {
      const far = connect(targetPort, '127.0.0.1')
      this.#join(near, far)
      this.#join(far, near)
    })
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  }

  get connections(): number {
    return this.#sockets.size / 2
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', chunk => this.#pass(() => to.write(chunk)))
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }

  #pass(write: () => void): void {
    if (this.held) return
    if (this.delayMs === 0) {
      write()
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      write()
    }, this.delayMs)
    this.#timers.add(timer)
  }
}
