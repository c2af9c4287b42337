/** What goes to one client: in order, logged, held back while a stall lasts, and never without bound. */
import type { WebSocket } from 'ws'
import type { EventLog } from './event-log.ts'
import { newId } from './ids.ts'
import type { Refusal } from './refusal.ts'
import type { Outgoing } from './wire.ts'

const MAX_HELD = 20_000
const MAX_UNSENT_BYTES = 64 * 2 ** 20

export class Outbox {
  readonly #socket: WebSocket
  readonly #log: EventLog
  readonly #session: string
  readonly #held: (string | Buffer)[] = []
  #stalled: NodeJS.Timeout | null = null

  constructor(socket: WebSocket, log: EventLog, session: string) {
    this.#socket = socket
    this.#log = log
    this.#session = session
  }

  emit(event: Outgoing): void {
    const whole = { ...event, event_id: newId('event') }
    this.#log.add(this.#session, 'out', event.type, withoutAudio(whole))
    this.raw(JSON.stringify(whole))
  }

  /** An `error` event; `eventId` is the client event's it answers. */
  refuse(refusal: Refusal, eventId: string | null): void {
    this.emit({ type: 'error', error: { ...refusal, event_id: eventId } })
  }

  raw(message: string | Buffer): void {
    if (this.#stalled !== null) {
      this.#held.push(message)
      if (this.#held.length > MAX_HELD) this.#socket.terminate()
      return
    }
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(message)
    // A client that does not read is let go, as any server would.
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) this.#socket.terminate()
  }

  /** Sends nothing for a while, then all of it. */
  stall(ms: number): void {
    if (this.#stalled !== null) clearTimeout(this.#stalled)
    this.#stalled = setTimeout(() => {
      this.#stalled = null
      for (const message of this.#held.splice(0)) this.raw(message)
    }, ms)
  }

  close(): void {
    if (this.#stalled !== null) clearTimeout(this.#stalled)
    this.#stalled = null
    this.#held.length = 0
  }
}

/** The event with audio replaced by its length, for the log. */
export function withoutAudio(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (event['type'] === 'response.output_audio.delta' && typeof event['delta'] === 'string') {
    const { delta, ...rest } = event
    return { ...rest, bytes: Buffer.byteLength(delta, 'base64') }
  }
  return event
}
