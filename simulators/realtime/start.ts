/** The Realtime provider simulator: OpenAI's GA Realtime protocol over WebSocket, with scripts, faults and a log for judges. */
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import { clips } from '#simulators/speech/library.ts'
import { MAX_NUMBER } from '#simulators/watermark/code.ts'
import { control } from './control.ts'
import { BAD_FAULT } from './errors.ts'
import { EventLog, type LogEntry } from './event-log.ts'
import { Fault, type FaultInput, Faults, type PendingFault } from './faults.ts'
import { DEFAULT_PACE, DEFAULT_RATE_LIMITS, SESSION_MS, type Settings, type SimulatorOptions } from './options.ts'
import { RateLimits } from './rate-limits.ts'
import type { ResponderWorld } from './responder.ts'
import { asScript, NO_SCRIPT, readScript } from './script.ts'
import { Session } from './session.ts'
import type { SessionView } from './session-view.ts'
import { shutDown } from './shut-down.ts'
import { isSpeech, speech } from './speech.ts'
import { admit, refusedUpgrade } from './upgrade.ts'

export interface RealtimeSimulator {
  readonly port: number
  /** `ws://host:port/v1/realtime`; add `?model=…`. */
  readonly url: string
  /** `http://host:port/v1`, as `baseURL` of clients. */
  readonly baseURL: string
  /** Oldest first. */
  readonly log: readonly LogEntry[]
  /** Open ones and the last thousand closed. */
  readonly sessions: readonly SessionView[]
  readonly faults: readonly PendingFault[]
  /** Makes something go wrong, now or when its moment comes. Returns the fault's id. @throws SB_SIMULATOR_BAD_FAULT */
  inject(fault: FaultInput): string
  clearFaults(): void
  /** Ends all sessions and frees the port. */
  close(): Promise<void>
}

const MAX_PAYLOAD = 32 * 2 ** 20
const KEPT_SESSIONS = 1000
const DEFAULT_TRANSCRIPTION_MS = 200

function settingsOf(options: SimulatorOptions): Settings {
  const { script } = options
  return {
    script: script === undefined ? NO_SCRIPT : typeof script === 'string' ? readScript(script) : asScript(script),
    speech: options.speech ?? 'words',
    pace: { ...DEFAULT_PACE, ...options.pace },
    badKeys: new Set(options.badKeys),
    sessionMs: options.sessionMs ?? SESSION_MS,
    transcriptionMs: options.transcriptionMs ?? DEFAULT_TRANSCRIPTION_MS,
    rateLimits: options.rateLimits ?? DEFAULT_RATE_LIMITS,
  }
}

export async function startRealtimeSimulator(options: SimulatorOptions = {}): Promise<RealtimeSimulator> {
  const settings = settingsOf(options)
  // Read from disk now, not in the middle of the first response.
  clips()
  const log = new EventLog(options.logLimit)
  const faults = new Faults()
  const sessions: Session[] = []
  // Item numbers are unique over a simulator's life, so that recordings of several calls can be told apart.
  let mark = (options.firstMark ?? 1) - 1
  const world: ResponderWorld = {
    settings,
    log,
    faults,
    limits: new RateLimits(settings.rateLimits),
    nextMark: () => (mark = mark >= MAX_NUMBER ? 1 : mark + 1),
  }

  const server = options.tls === undefined ? createServer() : createTlsServer({ ...options.tls })
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD,
    handleProtocols: protocols => (protocols.has('realtime') ? 'realtime' : false),
  })

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    const admission = admit(request, settings.badKeys)
    const refused = 'model' in admission ? faults.take('refuse', '*') : null
    if (!('model' in admission) || refused !== null) {
      const { status, code, message } =
        'model' in admission
          ? { status: refused?.status ?? 503, code: 'refused', message: 'Refused by the simulator.' }
          : admission
      log.add('', 'sim', 'upgrade.refused', { status, code })
      socket.end(refusedUpgrade(status, code, message))
      return
    }
    sockets.handleUpgrade(request, socket, head, client => {
      const session = new Session(client, admission.model, world)
      sessions.push(session)
      log.add(session.id, 'sim', 'opened', { model: admission.model })
      if (sessions.length <= KEPT_SESSIONS) return
      const oldest = sessions.findIndex(s => !s.open)
      if (oldest >= 0) sessions.splice(oldest, 1)
    })
  }

  const inject = (input: FaultInput): string => {
    const parsed = Fault.safeParse(input)
    if (!parsed.success) throw BAD_FAULT(z.prettifyError(parsed.error).replaceAll('\n', ' '))
    const fault = parsed.data
    if (!('when' in fault) || fault.when !== 'now') return faults.add(fault)
    for (const s of sessions) if (s.open && (fault.session === '*' || fault.session === s.id)) s.strike(fault)
    return 'now'
  }
  for (const fault of [...settings.script.faults, ...(options.faults ?? [])]) inject(fault)

  const host = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const secure = options.tls === undefined ? '' : 's'
  const name = host.includes(':') ? `[${host}]` : host

  const simulator: RealtimeSimulator = {
    port,
    url: `ws${secure}://${name}:${port}/v1/realtime`,
    baseURL: `http${secure}://${name}:${port}/v1`,
    get log() {
      return log.entries
    },
    get sessions() {
      return sessions.map(s => s.view)
    },
    get faults() {
      return faults.pending
    },
    inject,
    clearFaults: () => faults.clear(),
    close: shutDown(server, sessions, sockets),
  }
  server.on('upgrade', upgrade)
  server.on('request', (request, response) => {
    const failed = (error: unknown): void => {
      if (!response.headersSent) response.writeHead(500)
      response.end(String(error))
    }
    if (isSpeech(request)) {
      speech(world, request, response).catch(failed)
      return
    }
    if (!(request.url ?? '').startsWith('/_sim')) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: 'Not simulated.', type: 'invalid_request_error', code: null } }))
      return
    }
    control(simulator, request, response).catch(failed)
  })
  return simulator
}
