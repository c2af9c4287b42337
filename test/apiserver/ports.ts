/** Ports of this machine that nobody holds. Somebody else may take one before it is used: whoever starts a server tries again. */
import { createServer } from 'node:net'

export async function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('a TCP server has no port'))
      })
    })
  })
}
