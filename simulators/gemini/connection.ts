/** What goes to one client: in order, in binary frames as the live API sends its JSON, logged without sound, held back while a stall lasts. */
import type { WebSocket } from 'ws'
import type { EventLog } from '#simulators/realtime/event-log.ts'
import type { Outgoing } from './turn.ts'

const MAX_HELD = 20_000
const MAX_UNSENT_BYTES = 64 * 2 ** 20

export class Connection {
  readonly id: string
  closeCode: number | null = null
  onClosed: () => void = () => {}
  readonly #socket: WebSocket
  readonly #log: EventLog
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #held: string[] = []
  #stalled = false

  constructor(id: string, socket: WebSocket, log: EventLog) {
    this.id = id
    this.#socket = socket
    this.#log = log
    socket.on('error', () => socket.terminate())
    socket.on('close', code => {
      this.closeCode = code
      for (const timer of this.#timers) clearTimeout(timer)
      this.#timers.clear()
      this.#held.length = 0
      log.add(id, 'sim', 'closed', { code })
      this.onClosed()
    })
  }

  emit(message: Outgoing): void {
    for (const [type, value] of Object.entries(message)) this.#log.add(this.id, 'out', type, shown(value))
    this.raw(JSON.stringify(message))
  }

  raw(message: string): void {
    if (this.#stalled) {
      this.#held.push(message)
      if (this.#held.length > MAX_HELD) this.#socket.terminate()
      return
    }
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(Buffer.from(message))
    // A client that does not read is let go, as any server would.
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) this.#socket.terminate()
  }

  stall(ms: number): void {
    this.#stalled = true
    this.later(ms, () => {
      this.#stalled = false
      for (const message of this.#held.splice(0)) this.raw(message)
    })
  }

  later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }

  /** Close frames have room for 123 bytes of words. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason.slice(0, 120))
  }

  terminate(): void {
    this.#socket.terminate()
  }
}

/** A value as it went out, sound replaced by its length. */
function shown(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value, (key, inner: unknown) =>
    key === 'data' && typeof inner === 'string' ? `${Buffer.byteLength(inner, 'base64')} bytes` : inner,
  )
  return JSON.parse(text) as Record<string, unknown>
}
