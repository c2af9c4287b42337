/** The shell of an OpenAI Realtime session: its messages and its audio. What messages mean is decided in the core beside it. */
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime'
import type {
  Session,
  SessionCapabilities,
  SessionCommand,
  SessionConfig,
  SessionEvent,
  Turn,
} from '#runtime/call/ports.ts'
import { sessionAddress, sessionFormat } from '../errors.ts'
import type { SessionOptions } from '../factory.ts'
import { decodeAudio } from '../wire/audio-bytes.ts'
import { SessionShell } from '../wire/shell.ts'
import { createUpstream, type Upstream } from '../wire/upstream.ts'
import { isObject, numberIn, objectIn, stringIn } from '../wire/vendor-fields.ts'
import { addressOf, DEFAULT_BASE } from './address.ts'
import { appendMessage } from './append-message.ts'
import { isAudioDelta, readAudioDelta } from './audio-delta.ts'
import { CAN } from './can.ts'
import { command } from './commands.ts'
import { judgeClose } from './failures.ts'
import { receive } from './protocol.ts'
import { audio } from './responses.ts'
import { FORMATS } from './session-update.ts'
import { createState, type OpenAIState, type Out } from './state.ts'

const MARGIN_MS = 5 * 60_000
const UPSTREAM_FRAME_MS = 40

/** A session of OpenAI's Realtime API (GA protocol). It connects in `open`; audio given to listeners is a view they must copy or lose. */
export function createOpenAISession(options: SessionOptions): Session {
  return new OpenAISession(options)
}

class OpenAISession extends SessionShell<OpenAIState, RealtimeClientEvent> {
  readonly can: SessionCapabilities
  #upstream: Upstream | null = null

  constructor(options: SessionOptions) {
    super(options, CAN.maxMs)
    this.can = { ...CAN, maxMs: this.maxMs }
  }

  open(config: SessionConfig, history: readonly Turn[]): void {
    if (this.state !== null || this.closed) return
    const { format, vendor } = config
    this.state = createState(config, history)
    if (!FORMATS.some(f => f.encoding === format.encoding && f.rateHz === format.rateHz)) {
      this.endSoon({ make: () => sessionFormat(format.encoding, format.rateHz), retry: false })
      return
    }
    const address = addressOf(this.options.baseUrl ?? stringIn(vendor, 'baseURL') ?? DEFAULT_BASE, config.model)
    if (address === null) {
      this.endSoon({ make: () => sessionAddress(), retry: false })
      return
    }
    const frameMs = numberIn(vendor, 'upstreamFrameMs') ?? this.options.upstreamFrameMs ?? UPSTREAM_FRAME_MS
    this.#upstream = createUpstream(format, frameMs, appendMessage)
    this.waitForReady()
    const { apiKey, organization } = this.options
    this.socket = this.connect({
      address,
      headers: {
        Authorization: `Bearer ${apiKey}`,
        ...(organization === undefined ? {} : { 'OpenAI-Organization': organization }),
      },
      judgeClose,
      onMessage: data => this.#onMessage(data),
      onEnd: (closing, detail) => this.end(closing, detail),
    })
  }

  append(frame: Uint8Array): void {
    if (this.socket === null || this.#upstream === null || this.state?.phase !== 'ready') return
    this.pushed(this.#upstream.push(frame, this.socket), this.state.format)
  }

  send(c: SessionCommand): void {
    const { state } = this
    if (state === null || this.closed) return
    if (c.do === 'clearInput') this.#upstream?.clear()
    const out: Out = { events: [], send: [] }
    command(state, c, out)
    this.transmit(out.send)
    // A command's own events never run inside the command: its sender is in the middle of something.
    if (out.events.length > 0) queueMicrotask(() => this.tell(out.events))
  }

  protected forListeners(event: SessionEvent): SessionEvent {
    return event
  }

  protected release(): void {
    this.#upstream?.clear()
  }

  #onMessage(data: Buffer): void {
    const { state } = this
    if (state === null || this.closed) return
    const delta = readAudioDelta(data.toString('latin1'))
    const bytes = delta === null ? null : decodeAudio(delta.delta)
    if (delta !== null && bytes !== null) return this.#onDelta(state, delta.response_id, delta.item_id, bytes)
    const message = this.parse(data)
    if (message === undefined) return
    if (isAudioDelta(message)) {
      this.#onDelta(state, message.response_id, message.item_id, Buffer.from(message.delta, 'base64'))
      return
    }
    const { phase } = state
    receive(state, message, this.out)
    if (state.phase !== phase) this.#onPhase(state, expiresInMs(message))
    this.drain()
  }

  #onDelta(state: OpenAIState, response: string, item: string, bytes: Uint8Array): void {
    const wanted = audio(state, response, item, bytes.length, this.out)
    this.drain()
    if (wanted && !this.closed) this.give(response, item, bytes)
  }

  /** @param toldMs how long the provider says that the session lasts; null: it does not say */
  #onPhase(state: OpenAIState, toldMs: number | null): void {
    if (state.phase === 'ready') this.isReady()
    if (state.phase !== 'configuring') return
    const told = toldMs !== null && toldMs < this.maxMs
    const maxMs = told ? toldMs : this.maxMs
    // a session that is shorter than usual is not all margin
    const inMs = told ? Math.min(MARGIN_MS, maxMs / 4) : Math.min(this.options.expiryMarginMs ?? MARGIN_MS, maxMs)
    this.expireAfter(maxMs, inMs)
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
