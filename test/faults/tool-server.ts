/** An HTTP server that stands for an agent's tools and misbehaves by path; keeps what it was asked. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ToolRequest {
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface ToolServer {
  readonly url: string
  readonly requests: readonly ToolRequest[]
  close(): Promise<void>
}

type Behaviour = (response: ServerResponse) => void

const JSON_TYPE = { 'content-type': 'application/json' }

/** By the first part of the path: what follows tells who asks. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  '/free': response => void response.writeHead(200, JSON_TYPE).end('{"slots":["10:00","15:00"]}'),
  '/hang': () => {},
  '/slow': response =>
    void setTimeout(() => response.writeHead(200, JSON_TYPE).end('{"slots":["10:00","15:00"]}'), 8000),
  '/fail': response => response.writeHead(500, JSON_TYPE).end('{"error":"database is on fire at 10.1.2.3"}'),
  '/broken': response => response.writeHead(200, JSON_TYPE).end('{"slots": ["10:00", '),
  '/image': response => response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([137, 80, 78, 71])),
  '/endless': response => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const timer = setInterval(() => response.write('x'.repeat(16_384)), 5)
    response.on('close', () => clearInterval(timer))
  },
  '/cut': response => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' }).write('{"slots":')
    setTimeout(() => response.destroy(), 50)
  },
}

export async function startToolServer(): Promise<ToolServer> {
  const requests: ToolRequest[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => {
      body += part.toString()
    })
    request.on('end', () => {
      const path = request.url ?? ''
      requests.push({ path, body, headers: request.headers })
      BEHAVIOURS[/^\/[^/]*/.exec(path)?.[0] ?? '']?.(response)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
