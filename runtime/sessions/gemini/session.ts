/** The shell of a Gemini Live session: sound both ways, timers and the order of telling. What messages mean is decided in the core beside it. */
import { randomBytes } from 'node:crypto'
import type {
  Session,
  SessionCapabilities,
  SessionCommand,
  SessionConfig,
  SessionEvent,
  Turn,
} from '#runtime/call/ports.ts'
import { type Law, msOf } from '#runtime/media/format.ts'
import { VoiceActivity } from '#runtime/media/voice-activity.ts'
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
import type { Closing } from '../wire/closing.ts'
import { redact, redactedEvent } from '../wire/redact.ts'
import { openSocket, type Socket } from '../wire/socket.ts'
import { numberIn, objectIn, stringIn } from '../wire/vendor-fields.ts'
import { addressOf, DEFAULT_BASE } from './address.ts'
import { command, configure } from './commands.ts'
import { Downstream } from './downstream.ts'
import { judgeClose } from './failures.ts'
import { heardStart, heardStop } from './hearing.ts'
import { HeldAudio } from './held-audio.ts'
import { end, receive } from './protocol.ts'
import { FORMATS, INPUT } from './setup.ts'
import { createState, type GeminiState, type Out, openResponse, type SoundEvent } from './state.ts'
import { createPhoneUpstream } from './upstream.ts'

/** A connection lasts about ten minutes, and `goAway` tells its end a minute ahead; this much before it we do not wait for that. */
const MAX_MS = 10 * 60_000
const MARGIN_MS = 45_000
const READY_WITHIN_MS = 10_000
const PING_MS = 5000
const UPSTREAM_FRAME_MS = 40
/** Unsent bytes after which the provider counts as gone. */
const MAX_BUFFERED = 1024 * 1024
/** Of our own ear, where the agent declares nothing: the quiet that ends a turn, and what of before a sound goes with it. */
const SILENCE_MS = 500
const PADDING_MS = 300

type AudioListener = (response: string, item: string, audio: Uint8Array) => void

/** A session of the Gemini Live API. It connects in `open`; audio given to listeners is a view they must copy or lose. */
export function createGeminiSession(options: SessionOptions): Session {
  return new GeminiSession(options)
}

class GeminiSession implements Session {
  readonly can: SessionCapabilities
  readonly #options: SessionOptions
  readonly #clock: SessionClock
  readonly #maxMs: number
  readonly #audioListeners: AudioListener[] = []
  readonly #eventListeners: ((event: SessionEvent) => void)[] = []
  readonly #out: Out = { events: [], send: [] }
  #stopReady = (): void => {}
  #stopExpiry = (): void => {}
  #state: GeminiState | null = null
  #socket: Socket | null = null
  #upstream: ReturnType<typeof createPhoneUpstream> | null = null
  #downstream: Downstream | null = null
  #ear: VoiceActivity | null = null
  #held: HeldAudio | null = null
  #closed = false
  #told = false
  #behind = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const maxMs = options.maxMs ?? MAX_MS
    this.#maxMs = maxMs
    // cancel: what still comes is dropped here; the server itself cannot be told to stop, nor what was heard
    const cannot = { cancel: false, truncate: false } as const
    this.can = { formats: FORMATS, ...cannot, turns: ['server', 'client'], resume: true, seed: true, maxMs }
  }

  onAudio(listener: AudioListener): void {
    this.#audioListeners.push(listener)
  }

  onEvent(listener: (event: SessionEvent) => void): void {
    this.#eventListeners.push(listener)
  }

  open(config: SessionConfig, history: readonly Turn[], resume?: string): void {
    if (this.#state !== null || this.#closed) return
    const { format, vendor } = config
    this.#state = this.#begin(config, history, resume)
    if (!FORMATS.some(f => f.encoding === format.encoding && f.rateHz === format.rateHz)) {
      this.#endSoon({ make: () => sessionFormat(format.encoding, format.rateHz), retry: false })
      return
    }
    const law: Law = format.encoding === 'pcma' ? 'PCMA' : 'PCMU'
    const detection = objectIn(vendor, 'activityDetection')
    this.#upstream = createPhoneUpstream(law, this.#options.upstreamFrameMs ?? UPSTREAM_FRAME_MS)
    this.#downstream = new Downstream(law)
    this.#ear = new VoiceActivity(law, numberIn(detection, 'silenceDurationMs') ?? SILENCE_MS)
    if (this.#state.tellsTurns) this.#held = new HeldAudio(numberIn(detection, 'prefixPaddingMs') ?? PADDING_MS)
    const within = this.#options.readyWithinMs ?? READY_WITHIN_MS
    this.#stopReady = this.#clock.after(within, () => this.#end({ make: () => sessionTimeout(within), retry: true }))
    this.#connect(this.#state, history)
  }

  append(frame: Uint8Array): void {
    const state = this.#state
    if (state?.phase !== 'ready' || this.#ear === null) return
    const heard = this.#ear.push(frame)
    if (heard !== null) {
      if (heard === 'started') heardStart(state, this.#out)
      else heardStop(state, this.#out)
      this.#drain()
      if (this.#closed) return
    }
    if (state.muted) return
    if (!state.tellsTurns) this.#send(this.#guarded() ? null : frame, frame.length)
    else if (state.floor && !this.#guarded()) this.#send(frame, frame.length)
    else this.#held?.push(frame, this.#ear.speaking || state.floor)
  }

  send(c: SessionCommand): void {
    const state = this.#state
    if (state === null || this.#closed) return
    if (c.do === 'clearInput') this.#upstream?.clear()
    const floor = state.floor
    // the end of a turn comes behind its last sound
    if (floor && c.do === 'turn' && !c.started) this.#release()
    const out: Out = { events: [], send: [] }
    command(state, c, out)
    this.#transmit(out)
    if (!floor && state.floor && !this.#guarded()) this.#release()
    // A command's own events never run inside the command: its sender is in the middle of something.
    if (out.events.length > 0) queueMicrotask(() => this.#tell(out.events))
  }

  close(): void {
    if (this.#closed) return
    this.#shut()
    queueMicrotask(() => this.#tell([{ type: 'closed', code: 'closed', retry: false }]))
  }

  #begin(config: SessionConfig, history: readonly Turn[], resume: string | undefined): GeminiState {
    return createState(config, history, resume, `g${randomBytes(5).toString('hex')}`)
  }

  #connect(state: GeminiState, history: readonly Turn[]): void {
    const address = addressOf(this.#options.baseUrl ?? stringIn(state.config.vendor, 'baseURL') ?? DEFAULT_BASE)
    if (address === null) {
      this.#endSoon({ make: () => sessionAddress(), retry: false })
      return
    }
    try {
      const socket = openSocket({
        address,
        headers: { 'x-goog-api-key': this.#options.apiKey },
        pingMs: this.#options.pingMs ?? PING_MS,
        clock: this.#clock,
        queue: this.#options.sends,
        binary: true,
        judgeClose: (code, reason) => judgeClose(code, reason, state.phase === 'ready'),
        onOpen: () => {
          const out: Out = { events: [], send: [] }
          configure(state, out)
          this.#transmit(out)
        },
        onMessage: data => this.#onMessage(data),
        onEnd: (closing, detail) => {
          if (this.#socket !== socket) return
          if (resumeFailed(state, closing)) this.#again(state, history, detail)
          else this.#end(closing, detail)
        },
      })
      this.#socket = socket
    } catch (error) {
      // a credential with a line break or a typographer's quote in it is no header, and the call has its own way out
      const { code = 'no request could be made' } = error as NodeJS.ErrnoException
      this.#endSoon({ make: () => sessionUnauthorized(code), retry: false })
    }
  }

  /** The handle is not taken any more: a new conversation is given the old one as text. */
  #again(state: GeminiState, history: readonly Turn[], detail: string): void {
    if (this.#closed) return
    this.#options.log?.warn({ detail: redact(detail, this.#options.apiKey) }, 'the session was not resumed')
    this.#state = this.#begin(state.config, history, undefined)
    this.#connect(this.#state, history)
  }

  #onMessage(data: Buffer): void {
    const state = this.#state
    if (state === null || this.#closed) return
    let message: unknown
    try {
      message = JSON.parse(data.toString('utf8'))
    } catch {
      const { code, message } = sessionProtocol('not JSON')
      this.#tell([{ type: 'error', code, message }])
      return
    }
    const { phase, hearing } = state
    receive(state, message, this.#out)
    if (state.phase !== phase && state.phase === 'ready') this.#onReady()
    // it has taken the turn: sound that goes on is another
    if (hearing && !state.hearing) this.#ear?.reset()
    this.#drain()
    if (state.floor && !this.#guarded()) this.#release()
  }

  #onReady(): void {
    this.#stopReady()
    const inMs = Math.min(this.#options.expiryMarginMs ?? MARGIN_MS, this.#maxMs)
    this.#stopExpiry = this.#clock.after(this.#maxMs - inMs, () => this.#tell([{ type: 'expiring', inMs }]))
  }

  /** No sound of the caller may end what is being said. */
  #guarded(): boolean {
    return this.#state !== null && openResponse(this.#state)?.guarded === true
  }

  /** Held sound goes out as the turn that it is of. */
  #release(): void {
    const audio = this.#held?.take()
    if (audio !== undefined && audio.length > 0) this.#send(audio, audio.length)
  }

  /** @param frame null: as much silence, for the provider counts time in sound */
  #send(frame: Uint8Array | null, length: number): void {
    const socket = this.#socket
    const upstream = this.#upstream
    const state = this.#state
    if (socket === null || upstream === null || state === null) return
    if (frame === null) return upstream.silence(length / 8, socket)
    const dropped = upstream.push(frame, socket)
    if (dropped === null) return
    if (dropped > 0) this.#fellBehind(dropped)
    else if (this.#behind > 0 && socket.buffered === 0) this.#caughtUp()
  }

  /** Sends and tells what the core wants, in order; when the core has closed, the socket is shut before anyone hears of it. */
  #drain(): void {
    const { events, send } = this.#out
    if (events.length === 0 && send.length === 0) return
    const batch: Out = { events: events.splice(0), send: send.splice(0) }
    this.#transmit(batch)
    if (this.#state?.phase === 'closed') this.#shut()
    this.#tell(batch.events)
  }

  #transmit(out: Out): void {
    const socket = this.#socket
    if (socket === null) return
    for (const message of out.send) socket.send(JSON.stringify(message))
    const waiting = socket.buffered
    if (waiting > MAX_BUFFERED) this.#endSoon({ make: () => sessionStalled(waiting), retry: true })
  }

  #tell(events: readonly (SessionEvent | SoundEvent)[]): void {
    for (const event of events) {
      if (this.#told || (this.#closed && event.type !== 'closed')) continue
      if (event.type === 'sound') {
        this.#play(event)
        continue
      }
      if (event.type === 'itemDone') this.#complete(event.item)
      this.#told = event.type === 'closed'
      const safe = redactedEvent(event, this.#options.apiKey)
      if (safe.type === 'error' || (safe.type === 'closed' && safe.code !== 'closed')) {
        this.#options.log?.warn({ code: safe.code, detail: safe.message }, `session ${safe.type}`)
      }
      for (const listener of this.#eventListeners) listener(safe)
    }
  }

  #play({ response, item, data, mimeType }: SoundEvent): void {
    this.#playing = response
    const rate = /rate=(\d+)/.exec(mimeType)?.[1] ?? '24000'
    const fine = rate === '24000' && this.#downstream?.push(item, data, audio => this.#give(item, audio))
    if (fine === true) return
    const { code, message } = rate === '24000' ? sessionProtocol('audio') : sessionFormat(mimeType, rate)
    this.#tell([{ type: 'error', code, message }])
  }

  #playing = ''

  #complete(item: string): void {
    this.#downstream?.finish(item, audio => this.#give(item, audio))
  }

  #give(item: string, audio: Uint8Array): void {
    for (const listener of this.#audioListeners) listener(this.#playing, item, audio)
  }

  #end(closing: Closing, detail = ''): void {
    const state = this.#state
    if (this.#closed || state === null) return
    end(state, closing, detail, this.#out)
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
    this.#held?.take()
    this.#socket?.close()
    if (this.#state === null) return
    this.#state.phase = 'closed'
    this.#options.log?.debug({ skipped: this.#state.skipped }, 'session closed')
  }

  #fellBehind(bytes: number): void {
    const first = this.#behind === 0
    this.#behind += bytes
    if (!first) return
    const { code, message } = sessionBehind(Math.round(msOf(INPUT, bytes)))
    queueMicrotask(() => this.#tell([{ type: 'error', code, message }]))
  }

  #caughtUp(): void {
    const ms = Math.round(msOf(INPUT, this.#behind))
    this.#behind = 0
    this.#options.log?.warn({ droppedMs: ms }, 'caller audio flows to the session again')
  }
}

/** It was refused before it was ready, and not for what another connection would be refused for as well. */
function resumeFailed(state: GeminiState, closing: Closing): boolean {
  return state.phase === 'configuring' && state.resume !== undefined && closing.make !== sessionUnauthorized
}
