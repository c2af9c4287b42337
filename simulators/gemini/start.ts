/** The Gemini Live simulator: the vendor's BidiGenerateContent over WebSocket, with scripts, faults and a log for judges. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import { EventLog, jsonLines, type LogEntry } from '#simulators/realtime/event-log.ts'
import { DEFAULT_PACE } from '#simulators/realtime/options.ts'
import { asScript, NO_SCRIPT, readScript } from '#simulators/realtime/script.ts'
import { shutDown } from '#simulators/realtime/shut-down.ts'
import { clips } from '#simulators/speech/library.ts'
import { MAX_NUMBER } from '#simulators/watermark/code.ts'
import { BAD_GEMINI_FAULT } from './errors.ts'
import { Fault, type FaultInput, Waits } from './faults.ts'
import { Handles } from './memory.ts'
import { CONNECTION_MS, type GeminiSimulatorOptions, GO_AWAY_MS, type Settings } from './options.ts'
import { Session } from './session.ts'
import type { SessionView, World } from './world.ts'

export interface GeminiSimulator {
  readonly port: number
  /** `http://host:port`, as `baseURL` of agents and of the vendor's client. */
  readonly baseURL: string
  /** Oldest first. */
  readonly log: readonly LogEntry[]
  /** Open ones and the last thousand closed. */
  readonly sessions: readonly SessionView[]
  /** Makes something go wrong, now or when its moment comes. @throws SB_SIMULATOR_BAD_GEMINI_FAULT */
  inject(fault: FaultInput): void
  close(): Promise<void>
}

const METHOD = /^\/ws\/google\.ai\.generativelanguage\.v1(alpha|beta)?\.GenerativeService\.BidiGenerateContent$/
const MAX_PAYLOAD = 32 * 2 ** 20
const MAX_BODY = 64 * 1024
const KEPT_SESSIONS = 1000

function settingsOf(options: GeminiSimulatorOptions): Settings {
  const { script, connectionMs = CONNECTION_MS } = options
  return {
    script: script === undefined ? NO_SCRIPT : typeof script === 'string' ? readScript(script) : asScript(script),
    speech: options.speech ?? 'words',
    pace: { ...DEFAULT_PACE, ...options.pace },
    badKeys: new Set(options.badKeys),
    connectionMs,
    goAwayMs: options.goAwayMs ?? Math.min(GO_AWAY_MS, connectionMs / 2),
  }
}

export async function startGeminiSimulator(options: GeminiSimulatorOptions = {}): Promise<GeminiSimulator> {
  const settings = settingsOf(options)
  // read from disk now, not in the middle of the first turn
  clips()
  const log = new EventLog(options.logLimit)
  const sessions: Session[] = []
  let mark = 0
  let opened = 0
  const world: World = {
    settings,
    log,
    waits: new Waits(),
    handles: new Handles(),
    nextMark: () => (mark = mark >= MAX_NUMBER ? 1 : mark + 1),
  }
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_PAYLOAD })

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    const url = new URL((request.url ?? '/').replace(/^\/+/, '/'), 'http://localhost')
    const header = request.headers['x-goog-api-key']
    const key = typeof header === 'string' ? header : url.searchParams.get('key')
    const refused = world.waits.take('refuse')
    const status = refused?.status ?? (METHOD.test(url.pathname) ? (key ? null : 403) : 404)
    if (status !== null) {
      log.add('', 'sim', 'upgrade.refused', { status })
      socket.end(refusal(status))
      return
    }
    sockets.handleUpgrade(request, socket, head, client => {
      const credential = {
        from: typeof header === 'string' ? 'header' : 'query',
        bad: settings.badKeys.has(key ?? ''),
      } as const
      const session = new Session(`live-${++opened}`, client, credential, world)
      sessions.push(session)
      log.add(session.id, 'sim', 'opened', { credential: credential.from })
      if (sessions.length <= KEPT_SESSIONS) return
      const oldest = sessions.findIndex(s => !s.open)
      if (oldest >= 0) sessions.splice(oldest, 1)
    })
  }
  const inject = (input: FaultInput): void => {
    const parsed = Fault.safeParse(input)
    if (!parsed.success) throw BAD_GEMINI_FAULT(z.prettifyError(parsed.error).replaceAll('\n', ' '))
    const fault = parsed.data
    if (fault.kind === 'forget') return world.handles.clear()
    if ('count' in fault) return world.waits.add(fault)
    for (const s of sessions) if (s.open && (fault.session === '*' || fault.session === s.id)) s.strike(fault)
  }

  const host = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const simulator: GeminiSimulator = {
    port,
    baseURL: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    get log() {
      return log.entries
    },
    get sessions() {
      return sessions.map(s => s.view)
    },
    inject,
    close: shutDown(server, sessions, sockets),
  }
  server.on('upgrade', upgrade)
  server.on('request', (request, response) => {
    control(simulator, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(400)
      response.end(error instanceof Error ? error.message : String(error))
    })
  })
  return simulator
}

/** As the vendor's front answers. */
function refusal(status: number): string {
  const words = status === 429 ? 'RESOURCE_EXHAUSTED' : status === 403 ? 'PERMISSION_DENIED' : 'UNAVAILABLE'
  const body = JSON.stringify({ error: { code: status, message: 'Refused by the simulator.', status: words } })
  const head = [`HTTP/1.1 ${status} Refused`, 'Content-Type: application/json', `Content-Length: ${body.length}`]
  return [...head, 'Connection: close', '', body].join('\r\n')
}

/** `GET /_sim/sessions`, `GET /_sim/log?after=N`, `POST /_sim/faults`. */
async function control(simulator: GeminiSimulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const json = (value: unknown): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /_sim/sessions':
      return json(simulator.sessions)
    case 'GET /_sim/log': {
      const after = Number(url.searchParams.get('after') ?? -1)
      response.writeHead(200, { 'content-type': 'application/jsonl' })
      response.end(jsonLines(simulator.log.filter(e => e.n > after)))
      return
    }
    case 'POST /_sim/faults': {
      let body = ''
      for await (const chunk of request) {
        body += String(chunk)
        if (body.length > MAX_BODY) return void response.writeHead(413).end()
      }
      simulator.inject(JSON.parse(body) as FaultInput)
      return json({})
    }
    default:
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not simulated.\n')
  }
}
