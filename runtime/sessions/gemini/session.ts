/** The shell of a Gemini Live session: its messages, and sound both ways. What messages mean is decided in the core beside it. */
import { randomBytes } from 'node:crypto'
import type { LiveClientMessage } from '@google/genai'
import type {
  Resume,
  Session,
  SessionCapabilities,
  SessionCommand,
  SessionConfig,
  SessionEvent,
  Turn,
} from '#runtime/call/ports.ts'
import type { Law } from '#runtime/media/format.ts'
import { VoiceActivity } from '#runtime/media/voice-activity.ts'
import { sessionAddress, sessionFormat, sessionProtocol, sessionUnauthorized } from '../errors.ts'
import type { SessionOptions } from '../factory.ts'
import type { Closing } from '../wire/closing.ts'
import { redact } from '../wire/redact.ts'
import { SessionShell } from '../wire/shell.ts'
import { numberIn, objectIn, stringIn } from '../wire/vendor-fields.ts'
import { addressOf, DEFAULT_BASE } from './address.ts'
import { CAN } from './can.ts'
import { command, configure } from './commands.ts'
import { Downstream } from './downstream.ts'
import { judgeClose } from './failures.ts'
import { heardStart, heardStop } from './hearing.ts'
import { HeldAudio } from './held-audio.ts'
import { receive } from './protocol.ts'
import { FORMATS, INPUT } from './setup.ts'
import { createState, type GeminiState, type Out, openResponse, type SoundEvent } from './state.ts'
import { createPhoneUpstream } from './upstream.ts'

/** So much before the end of a connection we do not wait for `goAway`. */
const MARGIN_MS = 45_000
const UPSTREAM_FRAME_MS = 40
/** Of our own ear, where the agent declares nothing: the quiet that ends a turn, and what of before a sound goes with it. */
const SILENCE_MS = 500
const PADDING_MS = 300

/** A session of the Gemini Live API. It connects in `open`; audio given to listeners is a view they must copy or lose. */
export function createGeminiSession(options: SessionOptions): Session {
  return new GeminiSession(options)
}

class GeminiSession extends SessionShell<GeminiState, LiveClientMessage, SoundEvent> {
  readonly can: SessionCapabilities
  #upstream: ReturnType<typeof createPhoneUpstream> | null = null
  #downstream: Downstream | null = null
  #ear: VoiceActivity | null = null
  #held: HeldAudio | null = null
  /** The response whose sound is played. */
  #playing = ''

  constructor(options: SessionOptions) {
    super(options, CAN.maxMs)
    this.can = { ...CAN, maxMs: this.maxMs }
  }

  override get untold(): readonly string[] {
    return this.state?.notes ?? []
  }

  open(config: SessionConfig, history: readonly Turn[], resume?: Resume): void {
    if (this.state !== null || this.closed) return
    const { format, vendor } = config
    this.state = this.#begin(config, history, resume)
    if (!FORMATS.some(f => f.encoding === format.encoding && f.rateHz === format.rateHz)) {
      this.endSoon({ make: () => sessionFormat(format.encoding, format.rateHz), retry: false })
      return
    }
    const law: Law = format.encoding === 'pcma' ? 'PCMA' : 'PCMU'
    const detection = objectIn(vendor, 'activityDetection')
    this.#upstream = createPhoneUpstream(law, this.options.upstreamFrameMs ?? UPSTREAM_FRAME_MS)
    this.#downstream = new Downstream(law)
    this.#ear = new VoiceActivity(law, numberIn(detection, 'silenceDurationMs') ?? SILENCE_MS)
    if (this.state.tellsTurns) this.#held = new HeldAudio(numberIn(detection, 'prefixPaddingMs') ?? PADDING_MS)
    this.waitForReady()
    this.#connect(this.state, history)
  }

  append(frame: Uint8Array): void {
    const state = this.state
    if (state?.phase !== 'ready' || this.#ear === null) return
    const heard = this.#ear.push(frame)
    if (heard !== null) {
      if (heard === 'started') heardStart(state, this.out)
      else heardStop(state, this.out)
      this.drain()
      if (this.closed) return
    }
    if (state.muted) return
    if (!state.tellsTurns) this.#send(this.#guarded() ? null : frame, frame.length)
    else if (state.floor && !this.#guarded()) this.#send(frame, frame.length)
    else this.#held?.push(frame, this.#ear.speaking || state.floor)
  }

  send(c: SessionCommand): void {
    const state = this.state
    if (state === null || this.closed) return
    if (c.do === 'clearInput') this.#upstream?.clear()
    const floor = state.floor
    // the end of a turn comes behind its last sound
    if (floor && c.do === 'turn' && !c.started) this.#releaseHeld()
    const out: Out = { events: [], send: [] }
    command(state, c, out)
    this.transmit(out.send)
    if (!floor && state.floor && !this.#guarded()) this.#releaseHeld()
    // A command's own events never run inside the command: its sender is in the middle of something.
    if (out.events.length > 0) queueMicrotask(() => this.tell(out.events))
  }

  #begin(config: SessionConfig, history: readonly Turn[], resume: Resume | undefined): GeminiState {
    return createState(config, history, resume, `g${randomBytes(5).toString('hex')}`)
  }

  #connect(state: GeminiState, history: readonly Turn[]): void {
    const address = addressOf(this.options.baseUrl ?? stringIn(state.config.vendor, 'baseURL') ?? DEFAULT_BASE)
    if (address === null) {
      this.endSoon({ make: () => sessionAddress(), retry: false })
      return
    }
    const socket = this.connect({
      address,
      headers: { 'x-goog-api-key': this.options.apiKey },
      binary: true,
      judgeClose: (code, reason) => judgeClose(code, reason, state.phase === 'ready'),
      onOpen: () => {
        const out: Out = { events: [], send: [] }
        configure(state, out)
        this.transmit(out.send)
      },
      onMessage: data => this.#onMessage(data),
      onEnd: (closing, detail) => {
        if (this.socket !== socket) return
        if (resumeFailed(state, closing)) this.#again(state, history, detail)
        else this.end(closing, detail)
      },
    })
    this.socket = socket
  }

  /** The handle is not taken any more: a new conversation is given the old one as text. */
  #again(state: GeminiState, history: readonly Turn[], detail: string): void {
    if (this.closed) return
    this.options.log?.warn({ detail: redact(detail, this.options.apiKey) }, 'the session was not resumed')
    this.state = this.#begin(state.config, history, undefined)
    this.#connect(this.state, history)
  }

  #onMessage(data: Buffer): void {
    const state = this.state
    if (state === null || this.closed) return
    const message = this.parse(data)
    if (message === undefined) return
    const { phase, hearing } = state
    receive(state, message, this.out)
    if (state.phase !== phase && state.phase === 'ready') this.#onReady()
    // it has taken the turn: sound that goes on is another
    if (hearing && !state.hearing) this.#ear?.reset()
    this.drain()
    if (state.floor && !this.#guarded()) this.#releaseHeld()
  }

  #onReady(): void {
    this.isReady()
    this.expireAfter(this.maxMs, Math.min(this.options.expiryMarginMs ?? MARGIN_MS, this.maxMs))
  }

  /** No sound of the caller may end what is being said. */
  #guarded(): boolean {
    return this.state !== null && openResponse(this.state)?.guarded === true
  }

  /** Held sound goes out as the turn that it is of. */
  #releaseHeld(): void {
    const audio = this.#held?.take()
    if (audio !== undefined && audio.length > 0) this.#send(audio, audio.length)
  }

  /** @param frame null: as much silence, for the provider counts time in sound */
  #send(frame: Uint8Array | null, length: number): void {
    const socket = this.socket
    const upstream = this.#upstream
    const state = this.state
    if (socket === null || upstream === null || state === null) return
    if (frame === null) return upstream.silence(length / 8, socket)
    this.pushed(upstream.push(frame, socket), INPUT)
  }

  protected forListeners(event: SessionEvent | SoundEvent): SessionEvent | null {
    if (event.type === 'sound') {
      this.#play(event)
      return null
    }
    if (event.type === 'itemDone') this.#complete(event.item)
    return event
  }

  protected release(): void {
    this.#upstream?.clear()
    this.#held?.take()
  }

  #play({ response, item, data, mimeType }: SoundEvent): void {
    this.#playing = response
    const rate = /rate=(\d+)/.exec(mimeType)?.[1] ?? '24000'
    const fine = rate === '24000' && this.#downstream?.push(item, data, audio => this.give(this.#playing, item, audio))
    if (fine === true) return
    const { code, message } = rate === '24000' ? sessionProtocol('audio') : sessionFormat(mimeType, rate)
    this.tell([{ type: 'error', code, message }])
  }

  #complete(item: string): void {
    this.#downstream?.finish(item, audio => this.give(this.#playing, item, audio))
  }
}

/** It was refused before it was ready, and not for what another connection would be refused for as well. */
function resumeFailed(state: GeminiState, closing: Closing): boolean {
  return state.phase === 'configuring' && state.resume !== undefined && closing.make !== sessionUnauthorized
}
