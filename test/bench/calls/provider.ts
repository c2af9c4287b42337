/**
 * The lightest Realtime provider that a bridge takes for one: it speaks the events a bridge needs, decodes no audio, and turns the caller's flags
 * into speech events. Each session repeats: the caller's turn, then three seconds of agent audio in bursts of 400 ms, cut short by a barge-in each third time.
 */
import { type WebSocket, WebSocketServer } from 'ws'
import type { Figures } from './figures.ts'
import { FLAG_FIRST, FLAG_SPEECH, FRAME, MarkReader, mark } from './mark.ts'
import { noise } from './protocol.ts'

const BURST_FRAMES = 20
const RESPONSE_FRAMES = 150
const BYTES_PER_MS = 8
const voice = Array.from({ length: BURST_FRAMES }, (_, i) => noise(1_000_000 + i))
/** Flagged audio that the provider wants before it calls it speech: its own share of a barge-in. */
export const VAD_MS = 60

/** Send times of the frames of one call, for both directions; a ring of 4096 frames (81 s). */
export class Stamps {
  readonly #at = new Float64Array(4096)
  set(frame: number, at: number): void {
    this.#at[frame & 4095] = at
  }
  get(frame: number): number {
    return this.#at[frame & 4095] ?? 0
  }
}

/** What caller and provider both know of one call: when each frame was sent, either way. */
export interface Stamped {
  readonly up: Stamps
  readonly down: Stamps
  /** When the provider said speech_started of a barge-in; the caller measures from there. */
  speechStartedAt: number
}

export class Provider {
  readonly port: number
  readonly #server: WebSocketServer
  readonly #figures: Figures
  readonly #callOf: (id: number) => Stamped | undefined

  private constructor(
    server: WebSocketServer,
    port: number,
    figures: Figures,
    callOf: (id: number) => Stamped | undefined,
  ) {
    this.#server = server
    this.port = port
    this.#figures = figures
    this.#callOf = callOf
    server.on('connection', socket => this.#session(socket))
  }

  static async listen(figures: Figures, callOf: (id: number) => Stamped | undefined): Promise<Provider> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    return new Provider(server, typeof address === 'object' && address !== null ? address.port : 0, figures, callOf)
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
  }

  #session(socket: WebSocket): void {
    const send = (event: object): void => socket.send(JSON.stringify(event))
    let speaking = false
    let flagged = 0
    let call = -1
    let response = 0
    let frame = 0
    let audioMs = 0
    send({ type: 'session.created', event_id: 'e0', session: { type: 'realtime', id: 'sess' } })
    const answer = (): void => {
      response++
      const [rid, item] = [`resp_${response}`, `item_${response}`]
      const ids = { event_id: 'e', response_id: rid, item_id: item, output_index: 0, content_index: 0 }
      send({ type: 'response.created', event_id: 'e', response: { id: rid, status: 'in_progress', output: [] } })
      send({
        type: 'response.output_item.added',
        event_id: 'e',
        response_id: rid,
        output_index: 0,
        item: { id: item, type: 'message', role: 'assistant', status: 'in_progress', content: [] },
      })
      send({ type: 'response.content_part.added', ...ids, part: { type: 'audio', transcript: '' } })
      const audio = Buffer.concat(voice)
      for (let i = 0; i < RESPONSE_FRAMES; i += BURST_FRAMES) {
        const count = Math.min(BURST_FRAMES, RESPONSE_FRAMES - i)
        for (let j = 0; j < count; j++, frame++) {
          mark(audio, j * FRAME, call, frame, i + j === 0 ? FLAG_FIRST : 0)
          this.#callOf(call)?.down.set(frame, performance.now())
        }
        socket.send(
          `{"type":"response.output_audio.delta","event_id":"e","response_id":"${rid}","item_id":"${item}","output_index":0,"content_index":0,"delta":"${audio.toString('base64', 0, count * FRAME)}"}`,
        )
      }
      send({ type: 'response.output_audio.done', ...ids })
      send({
        type: 'response.output_item.done',
        event_id: 'e',
        response_id: rid,
        output_index: 0,
        item: {
          id: item,
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_audio', transcript: 'words' }],
        },
      })
      send({
        type: 'response.done',
        event_id: 'e',
        response: {
          id: rid,
          status: 'completed',
          output: [
            {
              id: item,
              type: 'message',
              role: 'assistant',
              status: 'completed',
              content: [{ type: 'output_audio', transcript: 'words' }],
            },
          ],
          usage: { total_tokens: 1, input_tokens: 1, output_tokens: 1 },
        },
      })
    }
    const marks = new MarkReader()
    let newest = -1
    const onAudio = (audio: Buffer): void => {
      const now = performance.now()
      audioMs += audio.length / BYTES_PER_MS
      for (const { call: of, frame: number, flags } of marks.push(audio)) {
        call = of
        const stamp = this.#callOf(call)
        // what was concealed looks like the frame before it
        if (stamp === undefined || number <= newest) continue
        newest = number
        this.#figures.up.push(now - stamp.up.get(number))
        flagged = (flags & FLAG_SPEECH) === 0 ? 0 : flagged + 20
        if (!speaking && flagged >= VAD_MS) {
          speaking = true
          stamp.speechStartedAt = now
          send({
            type: 'input_audio_buffer.speech_started',
            event_id: 'e',
            audio_start_ms: audioMs - VAD_MS,
            item_id: `user_${response}`,
          })
        } else if (speaking && flagged === 0) {
          speaking = false
          send({
            type: 'input_audio_buffer.speech_stopped',
            event_id: 'e',
            audio_end_ms: audioMs,
            item_id: `user_${response}`,
          })
          send({
            type: 'input_audio_buffer.committed',
            event_id: 'e',
            item_id: `user_${response}`,
            previous_item_id: null,
          })
          answer()
        }
      }
    }
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1')
      if (text.startsWith('{"type":"input_audio_buffer.append"') || text.includes('"input_audio_buffer.append"')) {
        const from = text.indexOf('"audio":"') + 9
        onAudio(Buffer.from(text.slice(from, text.indexOf('"', from)), 'base64'))
        return
      }
      const event = JSON.parse(data.toString()) as { type: string; item_id?: string; audio_end_ms?: number }
      if (event.type === 'session.update')
        send({ type: 'session.updated', event_id: 'e', session: { type: 'realtime', id: 'sess' } })
      else if (event.type === 'conversation.item.truncate') {
        send({
          type: 'conversation.item.truncated',
          event_id: 'e',
          item_id: event.item_id,
          content_index: 0,
          audio_end_ms: event.audio_end_ms,
        })
      }
    })
    socket.on('error', () => socket.terminate())
  }
}
