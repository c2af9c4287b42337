/** Health and metrics of the operator, over plain HTTP. */
import { createServer, type ServerResponse } from 'node:http'
import { operatorErrors } from '#operator/errors.ts'

export interface HealthSource {
  /** Why it should be restarted; null: it is well. */
  readonly ill: () => string | null
  /** What it waits for; null: it could lead. */
  readonly notReady: () => string | null
  readonly metrics: () => Promise<string>
}

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

/** @throws SB_OPERATOR_PORT */
export async function startHealth(source: HealthSource, at: { host: string; port: number }): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]
    if (path === '/healthz') answer(response, source.ill())
    else if (path === '/readyz') answer(response, source.notReady())
    else if (path === '/metrics') void metrics(response, source)
    else response.writeHead(404).end('not found\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => {
      const { code = 'unknown' } = cause as NodeJS.ErrnoException
      reject(operatorErrors.httpPortTaken(at.host, at.port, code, { cause }))
    })
    server.listen(at.port, at.host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : at.port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, fault: string | null): void {
  response.writeHead(fault === null ? 200 : 503, { 'content-type': 'text/plain' }).end(`${fault ?? 'ok'}\n`)
}

async function metrics(response: ServerResponse, source: HealthSource): Promise<void> {
  try {
    const text = await source.metrics()
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
  } catch (error) {
    response.writeHead(500).end(`${error instanceof Error ? error.message : String(error)}\n`)
  }
}
