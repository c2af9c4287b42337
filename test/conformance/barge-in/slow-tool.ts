/** A tool that takes its time, so that callers interrupt while it runs. */
import { createServer } from 'node:http'

export interface SlowTool {
  readonly url: string
  readonly calls: () => number
  stop(): Promise<void>
}

const LEAST_MS = 600
const MOST_MS = 3500

export async function startSlowTool(random: () => number): Promise<SlowTool> {
  let calls = 0
  const timers = new Set<NodeJS.Timeout>()
  const server = createServer((request, response) => {
    calls++
    request.resume()
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"free":["10:00"]}')
      },
      LEAST_MS + random() * (MOST_MS - LEAST_MS),
    )
    timers.add(timer)
  })
  const port = await new Promise<number>(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    url: `http://127.0.0.1:${port}/slow`,
    calls: () => calls,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer)
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
