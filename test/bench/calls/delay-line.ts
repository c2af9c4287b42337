/** A TCP connection as long as one to a provider far away: every byte arrives so much later, either way, and in order. */
import { connect, createServer, type Socket } from 'node:net'

export interface DelayLine {
  readonly port: number
  close(): void
}

export async function startDelayLine(to: number, oneWayMs: number): Promise<DelayLine> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, near => {
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true })
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', bytes => setTimeout(() => into.writable && into.write(bytes), oneWayMs))
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        setTimeout(() => into.destroy(), oneWayMs)
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
