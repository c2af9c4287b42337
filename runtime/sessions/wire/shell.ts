/**
 * What the shells of all sessions do the same way: who is told what and in which order, when the socket and the timers go, and what is
 * said of a provider that is slow. A provider's own shell adds its messages and its sound.
 */
import type {
  Resume,
  Session,
  SessionCapabilities,
  SessionCommand,
  SessionConfig,
  SessionEvent,
  Turn,
} from '#runtime/call/ports.ts'
import { type AudioFormat, type Ms, msOf } from '#runtime/media/format.ts'
import { sessionBehind, sessionProtocol, sessionStalled, sessionTimeout, sessionUnauthorized } from '../errors.ts'
import { type SessionClock, type SessionOptions, systemClock } from '../factory.ts'
import { type Closing, closeState } from './closing.ts'
import { redactedEvent } from './redact.ts'
import { openSocket, type Socket, type SocketOptions } from './socket.ts'

const READY_WITHIN_MS = 10_000
const PING_MS = 5000
/** Unsent bytes after which the provider counts as gone. Audio stops being added long before. */
const MAX_BUFFERED = 1024 * 1024

export type AudioListener = (response: string, item: string, audio: Uint8Array) => void

/** What a shell must know of its core's state. */
export interface ShellState {
  phase: 'connecting' | 'configuring' | 'ready' | 'closed'
  /** Server events skipped, by type. */
  readonly skipped: Record<string, number>
}

/** What a core wants done, in order: events for the listeners, then messages for the socket. */
export interface ShellOut<Told, Sent> {
  readonly events: Told[]
  readonly send: Sent[]
}

/** `Own`: what a core tells its shell alone, such as sound that is not yet in the phone's format. */
export abstract class SessionShell<State extends ShellState, Sent, Own extends { type: string } = never>
  implements Session
{
  abstract readonly can: SessionCapabilities
  protected readonly options: SessionOptions
  protected readonly clock: SessionClock
  /** The provider's limit on one session, ms. */
  protected readonly maxMs: Ms
  protected readonly out: ShellOut<SessionEvent | Own, Sent> = { events: [], send: [] }
  protected state: State | null = null
  protected socket: Socket | null = null
  readonly #audioListeners: AudioListener[] = []
  readonly #eventListeners: ((event: SessionEvent) => void)[] = []
  #stopReady = (): void => {}
  #stopExpiry = (): void => {}
  /** Shut: no socket, no timers, and nothing more to tell but 'closed'. */
  #closed = false
  /** 'closed' has been told. */
  #told = false
  /** Bytes of caller audio dropped since the socket last kept up. */
  #behind = 0

  protected constructor(options: SessionOptions, maxMs: Ms) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.maxMs = options.maxMs ?? maxMs
  }

  abstract open(config: SessionConfig, history: readonly Turn[], resume?: Resume): void
  abstract append(frame: Uint8Array): void
  abstract send(c: SessionCommand): void

  onAudio(listener: AudioListener): void {
    this.#audioListeners.push(listener)
  }

  get untold(): readonly string[] {
    return []
  }

  onEvent(listener: (event: SessionEvent) => void): void {
    this.#eventListeners.push(listener)
  }

  close(): void {
    if (this.#closed) return
    this.#shut()
    queueMicrotask(() => this.tell([{ type: 'closed', code: 'closed', retry: false }]))
  }

  protected get closed(): boolean {
    return this.#closed
  }

  /** What the provider's shell holds besides socket and timers. */
  protected abstract release(): void

  /** Takes what the core tells its shell alone, in its place among the others (then null), and sees all else before the listeners do. */
  protected abstract forListeners(event: SessionEvent | Own): SessionEvent | null

  protected waitForReady(): void {
    const within = this.options.readyWithinMs ?? READY_WITHIN_MS
    this.#stopReady = this.clock.after(within, () => this.end({ make: () => sessionTimeout(within), retry: true }))
  }

  protected isReady(): void {
    this.#stopReady()
  }

  /** @param inMs how long before the end it is told */
  protected expireAfter(maxMs: Ms, inMs: Ms): void {
    this.#stopExpiry = this.clock.after(maxMs - inMs, () => this.tell([{ type: 'expiring', inMs }]))
  }

  /** Null: it will be told as closed soon, for its credential is no header. */
  protected connect(options: Omit<SocketOptions, 'pingMs' | 'clock' | 'queue'>): Socket | null {
    const { pingMs = PING_MS, sends } = this.options
    try {
      return openSocket({ ...options, pingMs, clock: this.clock, queue: sends })
    } catch (error) {
      // a credential with a line break or a typographer's quote in it is no header, and the call has its own way out
      const { code = 'no request could be made' } = error as NodeJS.ErrnoException
      this.endSoon({ make: () => sessionUnauthorized(code), retry: false })
      return null
    }
  }

  /** Undefined: it was no JSON, and that is told. */
  protected parse(data: Buffer): unknown {
    try {
      return JSON.parse(data.toString('utf8'))
    } catch {
      const { code, message } = sessionProtocol('not JSON')
      this.tell([{ type: 'error', code, message }])
      return undefined
    }
  }

  protected give(response: string, item: string, audio: Uint8Array): void {
    for (const listener of this.#audioListeners) listener(response, item, audio)
  }

  /** Sends and tells what the core wants, in order; when the core has closed, the socket is shut before anyone hears of it. */
  protected drain(): void {
    const { events, send } = this.out
    if (events.length === 0 && send.length === 0) return
    const batch = { events: events.splice(0), send: send.splice(0) }
    this.transmit(batch.send)
    if (this.state?.phase === 'closed') this.#shut()
    this.tell(batch.events)
  }

  protected transmit(send: readonly Sent[]): void {
    const socket = this.socket
    if (socket === null) return
    for (const message of send) socket.send(JSON.stringify(message))
    const waiting = socket.buffered
    if (waiting > MAX_BUFFERED) this.endSoon({ make: () => sessionStalled(waiting), retry: true })
  }

  protected tell(events: readonly (SessionEvent | Own)[]): void {
    for (const told of events) {
      if (this.#told || (this.#closed && told.type !== 'closed')) continue
      const event = this.forListeners(told)
      if (event === null) continue
      this.#told = event.type === 'closed'
      const safe = redactedEvent(event, this.options.apiKey)
      if (safe.type === 'error' || (safe.type === 'closed' && safe.code !== 'closed')) {
        this.options.log?.warn({ code: safe.code, detail: safe.message }, `session ${safe.type}`)
      }
      for (const listener of this.#eventListeners) listener(safe)
    }
  }

  protected end(closing: Closing, detail = ''): void {
    if (this.#closed || this.state === null) return
    closeState(this.state, closing, detail, this.out.events)
    this.drain()
  }

  protected endSoon(closing: Closing): void {
    queueMicrotask(() => this.end(closing))
  }

  /** What became of caller audio that was pushed: null is not yet sent, a number is bytes dropped because the socket does not keep up. */
  protected pushed(dropped: number | null, format: AudioFormat): void {
    if (dropped === null) return
    if (dropped > 0) this.#fellBehind(dropped, format)
    else if (this.#behind > 0 && this.socket?.buffered === 0) this.#caughtUp(format)
  }

  #fellBehind(bytes: number, format: AudioFormat): void {
    const first = this.#behind === 0
    this.#behind += bytes
    if (!first) return
    const { code, message } = sessionBehind(Math.round(msOf(format, bytes)))
    queueMicrotask(() => this.tell([{ type: 'error', code, message }]))
  }

  #caughtUp(format: AudioFormat): void {
    const ms = Math.round(msOf(format, this.#behind))
    this.#behind = 0
    this.options.log?.warn({ droppedMs: ms }, 'caller audio flows to the session again')
  }

  /** Frees everything; nothing but 'closed' is told after it. Idempotent. */
  #shut(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stopReady()
    this.#stopExpiry()
    this.release()
    this.socket?.close()
    if (this.state === null) return
    this.state.phase = 'closed'
    this.options.log?.debug({ skipped: this.state.skipped }, 'session closed')
  }
}
