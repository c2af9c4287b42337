/** `/_sim/…` on the simulator's own port: what happened, and faults on demand, for tests in other processes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SwitchboardError } from '#errors/registry.ts'
import { jsonLines } from './event-log.ts'
import type { RealtimeSimulator } from './start.ts'

const MAX_BODY = 64 * 1024

const HELP = `GET    /_sim/sessions          sessions, open and closed, with their conversation as the model remembers it
GET    /_sim/sessions/ID/log   one session's event log, JSON lines
GET    /_sim/log?after=N       the event log of all, JSON lines
GET    /_sim/faults            faults that wait
POST   /_sim/faults            inject: {"kind": "drop|stall|error|garbage|expire|slow|empty|failed|incomplete|refuse|slowStart|speech", …}
DELETE /_sim/faults            forget the waiting ones
`

export async function control(
  simulator: RealtimeSimulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const route = `${request.method} ${url.pathname.replace(/\/$/, '')}`
  const session = /^GET \/_sim\/sessions\/([^/]+)\/log$/.exec(route)?.[1]
  if (session !== undefined) {
    return lines(response, jsonLines(simulator.log.filter(e => e.session === session)))
  }
  switch (route) {
    case 'GET /_sim/sessions':
      return json(response, 200, simulator.sessions)
    case 'GET /_sim/log': {
      const after = Number(url.searchParams.get('after') ?? -1)
      return lines(response, jsonLines(simulator.log.filter(e => e.n > after)))
    }
    case 'GET /_sim/faults':
      return json(response, 200, simulator.faults)
    case 'DELETE /_sim/faults':
      simulator.clearFaults()
      return json(response, 200, {})
    case 'POST /_sim/faults':
      return inject(simulator, request, response)
    default:
      response.writeHead(url.pathname === '/_sim' ? 200 : 404, { 'content-type': 'text/plain' }).end(HELP)
  }
}

async function inject(simulator: RealtimeSimulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > MAX_BODY) return json(response, 413, { error: 'too large' })
  }
  try {
    json(response, 200, { id: simulator.inject(JSON.parse(body)) })
  } catch (error) {
    if (!(error instanceof SwitchboardError || error instanceof SyntaxError)) throw error
    json(response, 400, { error: error.message })
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function lines(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/jsonl' }).end(text)
}
