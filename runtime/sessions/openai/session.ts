/** The shell of an OpenAI Realtime session: audio, timers and the order of telling. What messages mean is decided in the core beside it. */
import type {
  Session,
  SessionCapabilities,
  SessionCommand,
  SessionConfig,
  SessionEvent,
  Turn,
} from '#runtime/call/ports.ts'
import { msOf } from '#runtime/media/format.ts'
import {
  sessionAddress,
  sessionBehind,
  sessionFormat,
  sessionProtocol,
  sessionStalled,
  sessionTimeout,
  sessionUnauthorized,
} from '../errors.ts'
import { type SessionClock, type SessionOptions, systemClock } from '../factory.ts'
import { decodeAudio } from '../wire/audio-bytes.ts'
import type { Closing } from '../wire/closing.ts'
import { redact, redactedEvent } from '../wire/redact.ts'
import { openSocket, type Socket } from '../wire/socket.ts'
import { createUpstream, type Upstream } from '../wire/upstream.ts'
import { isObject, numberIn, objectIn, stringIn } from '../wire/vendor-fields.ts'
import { addressOf, DEFAULT_BASE } from './address.ts'
import { appendMessage } from './append-message.ts'
import { isAudioDelta, readAudioDelta } from './audio-delta.ts'
import { command } from './commands.ts'
import { judgeClose } from './failures.ts'
import { close, receive } from './protocol.ts'
import { audio } from './responses.ts'
import { FORMATS } from './session-update.ts'
import { createState, type OpenAIState, type Out } from './state.ts'

/** Published limit of a session, 60 minutes (OpenAI's Realtime guide; measured 60.01 min). */
const MAX_MS = 60 * 60_000
const MARGIN_MS = 5 * 60_000
const READY_WITHIN_MS = 10_000
const PING_MS = 5000
const UPSTREAM_FRAME_MS = 40
/** Unsent bytes after which the provider counts as gone. Audio stops being added long before. */
const MAX_BUFFERED = 1024 * 1024

type AudioListener = (response: string, item: string, audio: Uint8Array) => void

/** A session of OpenAI's Realtime API (GA protocol). It connects in `open`; audio given to listeners is a view they must copy or lose. */
export function createOpenAISession(options: SessionOptions): Session {
  return new OpenAISession(options)
}

class OpenAISession implements Session {
  readonly can: SessionCapabilities
  readonly #options: SessionOptions
  readonly #clock: SessionClock
  readonly #maxMs: number
  readonly #audioListeners: AudioListener[] = []
  readonly #eventListeners: ((event: SessionEvent) => void)[] = []
  readonly #out: Out = { events: [], send: [] }
  #stopReady = (): void => {}
  #stopExpiry = (): void => {}
  #state: OpenAIState | null = null
  #socket: Socket | null = null
  #upstream: Upstream | null = null
  /** Shut: no socket, no timers, and nothing more to tell but 'closed'. */
  #closed = false
  /** 'closed' has been told. */
  #told = false
  /** Bytes of caller audio dropped since the socket last kept up. */
  #behind = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const maxMs = options.maxMs ?? MAX_MS
    this.#maxMs = maxMs
    this.can = { formats: FORMATS, cancel: true, truncate: true, turns: ['server'], resume: false, seed: true, maxMs }
  }

  onAudio(listener: AudioListener): void {
    this.#audioListeners.push(listener)
  }

  onEvent(listener: (event: SessionEvent) => void): void {
    this.#eventListeners.push(listener)
  }

  open(config: SessionConfig, history: readonly Turn[]): void {
    if (this.#state !== null || this.#closed) return
    const { format, vendor } = config
    this.#state = createState(config, history)
    if (!FORMATS.some(f => f.encoding === format.encoding && f.rateHz === format.rateHz)) {
      this.#endSoon({ make: () => sessionFormat(format.encoding, format.rateHz), retry: false })
      return
    }
    const address = addressOf(this.#options.baseUrl ?? stringIn(vendor, 'baseURL') ?? DEFAULT_BASE, config.model)
    if (address === null) {
      this.#endSoon({ make: () => sessionAddress(), retry: false })
      return
    }
    const frameMs = numberIn(vendor, 'upstreamFrameMs') ?? this.#options.upstreamFrameMs ?? UPSTREAM_FRAME_MS
    this.#upstream = createUpstream(format, frameMs, appendMessage)
    const within = this.#options.readyWithinMs ?? READY_WITHIN_MS
    this.#stopReady = this.#clock.after(within, () => this.#end({ make: () => sessionTimeout(within), retry: true }))
    const { apiKey, organization } = this.#options
    try {
      this.#socket = openSocket({
        address,
        headers: {
          Authorization: `Bearer ${apiKey}`,
          ...(organization === undefined ? {} : { 'OpenAI-Organization': organization }),
        },
        pingMs: this.#options.pingMs ?? PING_MS,
        clock: this.#clock,
        queue: this.#options.sends,
        judgeClose,
        onMessage: data => this.#onMessage(data),
        onEnd: (closing, detail) => this.#end(closing, detail),
      })
    } catch (error) {
      // a credential with a line break or a typographer's quote in it is no header, and the call has its own way out
      const { code = 'no request could be made' } = error as NodeJS.ErrnoException
      this.#endSoon({ make: () => sessionUnauthorized(code), retry: false })
    }
  }

  append(frame: Uint8Array): void {
    const socket = this.#socket
    if (socket === null || this.#upstream === null || this.#state?.phase !== 'ready') return
    const dropped = this.#upstream.push(frame, socket)
    if (dropped === null) return
    if (dropped > 0) this.#fellBehind(dropped)
    else if (this.#behind > 0 && socket.buffered === 0) this.#caughtUp()
  }

  send(c: SessionCommand): void {
    const state = this.#state
    if (state === null || this.#closed) return
    if (c.do === 'clearInput') this.#upstream?.clear()
    const out: Out = { events: [], send: [] }
    command(state, c, out)
    this.#transmit(out)
    // A command's own events never run inside the command: its sender is in the middle of something.
    if (out.events.length > 0) queueMicrotask(() => this.#tell(out.events))
  }

  close(): void {
    if (this.#closed) return
    this.#shut()
    queueMicrotask(() => this.#tell([{ type: 'closed', code: 'closed', retry: false }]))
  }

  #onMessage(data: Buffer): void {
    const state = this.#state
    if (state === null || this.#closed) return
    const delta = readAudioDelta(data.toString('latin1'))
    const bytes = delta === null ? null : decodeAudio(delta.delta)
    if (delta !== null && bytes !== null) {
      this.#onDelta(state, delta.response_id, delta.item_id, bytes)
      return
    }
    let message: unknown
    try {
      message = JSON.parse(data.toString('utf8'))
    } catch {
      const { code, message } = sessionProtocol('not JSON')
      this.#tell([{ type: 'error', code, message }])
      return
    }
    if (isAudioDelta(message)) {
      this.#onDelta(state, message.response_id, message.item_id, Buffer.from(message.delta, 'base64'))
      return
    }
    const { phase } = state
    receive(state, message, this.#out)
    if (state.phase !== phase) this.#onPhase(state, expiresInMs(message))
    this.#drain()
  }

  #onDelta(state: OpenAIState, response: string, item: string, bytes: Uint8Array): void {
    const wanted = audio(state, response, item, bytes.length, this.#out)
    if (this.#out.events.length > 0) this.#drain()
    if (!wanted || this.#closed) return
    for (const listener of this.#audioListeners) listener(response, item, bytes)
  }

  /** @param toldMs how long the provider says that the session lasts; null: it does not say */
  #onPhase(state: OpenAIState, toldMs: number | null): void {
    if (state.phase === 'ready') this.#stopReady()
    if (state.phase !== 'configuring') return
    const told = toldMs !== null && toldMs < this.#maxMs
    const maxMs = told ? toldMs : this.#maxMs
    // a session that is shorter than usual is not all margin
    const inMs = told ? Math.min(MARGIN_MS, maxMs / 4) : Math.min(this.#options.expiryMarginMs ?? MARGIN_MS, maxMs)
    this.#stopExpiry = this.#clock.after(maxMs - inMs, () => this.#tell([{ type: 'expiring', inMs }]))
  }

  /** Sends and tells what the core wants, in order; when the core has closed, the socket is shut before anyone hears of it. */
  #drain(): void {
    const { events, send } = this.#out
    const batch: Out = { events: events.splice(0), send: send.splice(0) }
    this.#transmit(batch)
    if (this.#state?.phase === 'closed') this.#shut()
    this.#tell(batch.events)
  }

  #transmit(out: Out): void {
    const socket = this.#socket
    if (socket === null) return
    for (const event of out.send) socket.send(JSON.stringify(event))
    const waiting = socket.buffered
    if (waiting > MAX_BUFFERED) this.#endSoon({ make: () => sessionStalled(waiting), retry: true })
  }

  #tell(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (this.#told || (this.#closed && event.type !== 'closed')) continue
      this.#told = event.type === 'closed'
      const safe = redactedEvent(event, this.#options.apiKey)
      if (safe.type === 'error' || (safe.type === 'closed' && safe.code !== 'closed')) {
        this.#options.log?.warn({ code: safe.code, detail: safe.message }, `session ${safe.type}`)
      }
      for (const listener of this.#eventListeners) listener(safe)
    }
  }

  #end(closing: Closing, detail = ''): void {
    const state = this.#state
    if (this.#closed || state === null) return
    close(state, closing, redact(detail, this.#options.apiKey), this.#out)
    this.#drain()
  }

  #endSoon(closing: Closing): void {
    queueMicrotask(() => this.#end(closing))
  }

  /** Frees everything; nothing but 'closed' is told after it. Idempotent. */
  #shut(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stopReady()
    this.#stopExpiry()
    this.#upstream?.clear()
    this.#socket?.close()
    if (this.#state === null) return
    this.#state.phase = 'closed'
    this.#options.log?.debug({ skipped: this.#state.skipped }, 'session closed')
  }

  #fellBehind(bytes: number): void {
    const first = this.#behind === 0
    this.#behind += bytes
    if (!first || this.#state === null) return
    const { code, message } = sessionBehind(Math.round(msOf(this.#state.format, bytes)))
    queueMicrotask(() => this.#tell([{ type: 'error', code, message }]))
  }

  #caughtUp(): void {
    const ms = this.#state === null ? 0 : Math.round(msOf(this.#state.format, this.#behind))
    this.#behind = 0
    this.#options.log?.warn({ droppedMs: ms }, 'caller audio flows to the session again')
  }
}

/** By the clocks of both: what is less than a few seconds is a clock that is wrong, not a session. */
const LEAST_MS = 10_000

function expiresInMs(message: unknown): number | null {
  const session = isObject(message) ? objectIn(message, 'session') : {}
  const at = numberIn(session, 'expires_at')
  if (at === undefined) return null
  const inMs = at * 1000 - Date.now()
  return inMs >= LEAST_MS ? inMs : null
}
