/** A bare WebSocket client for the simulator's own tests: sends JSON, remembers everything it got, waits for what it wants. */
import { WebSocket } from 'ws'
import { toUlaw } from '#simulators/speech/g711.ts'
import type { RealtimeSimulator } from './start.ts'

export interface Received {
  readonly type: string
  // Wire JSON, looked into by tests.
  readonly [key: string]: unknown
}

export interface TestClient {
  readonly events: Received[]
  readonly closed: Promise<{ code: number; reason: string }>
  send(event: Record<string, unknown>): void
  sendRaw(message: string | Buffer): void
  /** The first event of a type from index `from` on, now or later. */
  next(type: string, from?: number): Promise<Received>
  types(): string[]
  /** µ-law in 20 ms appends, all at once: the server counts audio, not time. */
  speak(ulaw: Uint8Array): void
  close(): void
}

const WAIT_MS = 5000

export async function connect(
  simulator: RealtimeSimulator,
  query = '?model=gpt-realtime-2.1',
  key = 'test',
): Promise<TestClient> {
  const socket = new WebSocket(`${simulator.url}${query}`, {
    headers: key === '' ? {} : { authorization: `Bearer ${key}` },
  })
  const events: Received[] = []
  const watchers = new Set<() => void>()
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  socket.on('message', data => {
    try {
      events.push(JSON.parse((data as Buffer).toString()) as Received)
    } catch {
      events.push({ type: 'not json' })
    }
    for (const watcher of watchers) watcher()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('unexpected-response', (_, response) => reject(new Error(`HTTP ${response.statusCode}`)))
    socket.once('error', reject)
  })
  const client: TestClient = {
    events,
    closed,
    send: event => socket.send(JSON.stringify(event)),
    sendRaw: message => socket.send(message),
    next: (type, from = 0) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.slice(from).find(e => e.type === type)
          if (found === undefined) return
          watchers.delete(look)
          clearTimeout(timer)
          resolve(found)
        }
        const timer = setTimeout(() => {
          watchers.delete(look)
          reject(new Error(`no ${type} in ${WAIT_MS} ms; got ${events.map(e => e.type).join(' ')}`))
        }, WAIT_MS)
        watchers.add(look)
        look()
      }),
    types: () => events.map(e => e.type),
    speak(ulaw) {
      for (let i = 0; i < ulaw.length; i += 160) {
        client.send({
          type: 'input_audio_buffer.append',
          audio: Buffer.from(ulaw.subarray(i, i + 160)).toString('base64'),
        })
      }
    },
    close: () => socket.close(),
  }
  return client
}

export function silence(ms: number): Uint8Array {
  return new Uint8Array(ms * 8).fill(0xff)
}

/** A 400 Hz tone. */
export function tone(ms: number, peak = 8000): Uint8Array {
  return Uint8Array.from({ length: ms * 8 }, (_, i) => toUlaw(Math.round(peak * Math.sin((2 * Math.PI * i) / 20))))
}

/** A session update to G.711 both ways. */
export const PCMU = {
  type: 'session.update',
  session: {
    type: 'realtime',
    audio: { input: { format: { type: 'audio/pcmu' } }, output: { format: { type: 'audio/pcmu' } } },
  },
}
