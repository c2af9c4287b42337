/** A collector of one: takes what the worker exports over OTLP/HTTP, as any collector would. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EndedSpan } from '#telemetry/span.ts'
import { type OtlpRequest, spansOf } from './otlp-spans.ts'

export interface TraceCollector {
  /** For OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. */
  readonly url: string
  readonly spans: readonly EndedSpan[]
  /** All that came, as one export request in JSON. */
  json(): string
  close(): Promise<void>
}

const MAX_BODY = 16 * 2 ** 20

export async function startTraceCollector(): Promise<TraceCollector> {
  const resources: unknown[] = []
  const spans: EndedSpan[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      if (body.length < MAX_BODY) body += chunk
    })
    request.on('end', () => {
      try {
        const { resourceSpans = [] } = JSON.parse(body) as OtlpRequest
        resources.push(...resourceSpans)
        spans.push(...spansOf({ resourceSpans }))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      } catch {
        response.writeHead(400).end()
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    json: () => `${JSON.stringify({ resourceSpans: resources }, null, 1)}\n`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
