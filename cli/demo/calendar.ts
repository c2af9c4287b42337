/** The clinic's calendar: the HTTP tool that the first call's agent asks. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monotonicMs } from '#simulators/caller/clock.ts'

export interface CalendarRequest {
  /** When it came, and when it was answered: CLOCK_MONOTONIC in ms. */
  readonly at: number
  readonly answeredAt: number
  readonly day: string
  readonly free: readonly string[]
  /** W3C trace context that came along. */
  readonly traceparent: string | null
}

export interface Calendar {
  readonly port: number
  readonly requests: readonly CalendarRequest[]
  close(): Promise<void>
}

const FREE = ['10:00 Dr Lee', '15:00 Dr Grant']
const MAX_BODY = 10_000

/** On `wanted`, or on a free port when that is taken. */
export async function startCalendar(wanted: number, onRequest: (request: CalendarRequest) => void): Promise<Calendar> {
  const requests: CalendarRequest[] = []
  const server = createServer((request, response) => {
    const at = monotonicMs()
    void bodyOf(request).then(body => {
      const day = dayOf(body)
      const free = day === null ? [] : FREE
      response.writeHead(day === null ? 400 : 200, { 'content-type': 'application/json' })
      // `result` is for the model, `display` for people
      const answer = { result: { day, free }, display: `${free.join(' and ')} are free` }
      response.end(JSON.stringify(day === null ? { error: 'name a day: {"day": "2026-11-24"}' } : answer))
      const traceparent = request.headers['traceparent']
      const seen = {
        at,
        answeredAt: monotonicMs(),
        day: day ?? '',
        free,
        traceparent: typeof traceparent === 'string' ? traceparent : null,
      }
      requests.push(seen)
      onRequest(seen)
    })
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  try {
    await listen(wanted)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await listen(0)
  }
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > MAX_BODY) return ''
  }
  return body
}

function dayOf(body: string): string | null {
  try {
    const { day } = JSON.parse(body) as { day?: unknown }
    return typeof day === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : null
  } catch {
    return null
  }
}
