/** A Realtime provider for tests: the wire protocol's bare bones over ws, driven by the test. Not the shipped simulator. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

export type Json = Record<string, unknown>

export class Connection {
  readonly events: Json[] = []
  readonly headers: IncomingHttpHeaders
  readonly url: string
  /** Caller audio so far. */
  audio = Buffer.alloc(0)
  closed = false
  readonly #socket: WebSocket

  constructor(socket: WebSocket, headers: IncomingHttpHeaders, url: string) {
    this.#socket = socket
    this.headers = headers
    this.url = url
    socket.on('close', () => {
      this.closed = true
    })
  }

  send(event: Json): void {
    this.#socket.send(JSON.stringify({ event_id: `e${Math.random()}`, ...event }))
  }

  drop(): void {
    this.#socket.terminate()
  }

  of(type: string): Json[] {
    return this.events.filter(event => event['type'] === type)
  }

  /** A whole spoken response: `audio` in one item. */
  speak(response: string, item: string, audio: Buffer): void {
    const message = {
      id: item,
      object: 'realtime.item',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_audio', transcript: 'hello' }],
    }
    const ids = { response_id: response, item_id: item, output_index: 0, content_index: 0 }
    this.send({
      type: 'response.created',
      response: { id: response, object: 'realtime.response', status: 'in_progress', output: [] },
    })
    this.send({
      type: 'response.output_item.added',
      response_id: response,
      output_index: 0,
      item: { ...message, status: 'in_progress', content: [] },
    })
    this.send({
      type: 'conversation.item.added',
      previous_item_id: null,
      item: { ...message, status: 'in_progress', content: [] },
    })
    this.send({ type: 'response.content_part.added', ...ids, part: { type: 'audio' } })
    for (let at = 0; at < audio.length; at += 4000)
      this.send({
        type: 'response.output_audio.delta',
        ...ids,
        delta: audio.subarray(at, at + 4000).toString('base64'),
      })
    this.send({ type: 'response.output_audio_transcript.done', ...ids, transcript: 'hello' })
    this.send({ type: 'response.output_audio.done', ...ids })
    this.send({ type: 'response.content_part.done', ...ids, part: { type: 'audio' } })
    this.send({ type: 'conversation.item.done', previous_item_id: null, item: message })
    this.send({ type: 'response.output_item.done', response_id: response, output_index: 0, item: message })
    this.send({
      type: 'response.done',
      response: {
        id: response,
        object: 'realtime.response',
        status: 'completed',
        output: [message],
        usage: { total_tokens: 10, input_tokens: 5, output_tokens: 5 },
      },
    })
  }

  callTool(response: string, call: string, name: string, args: Json): void {
    const item = {
      id: `item_${call}`,
      object: 'realtime.item',
      type: 'function_call',
      status: 'completed',
      name,
      call_id: call,
      arguments: JSON.stringify(args),
    }
    this.send({
      type: 'response.created',
      response: { id: response, object: 'realtime.response', status: 'in_progress', output: [] },
    })
    this.send({
      type: 'response.output_item.added',
      response_id: response,
      output_index: 0,
      item: { ...item, status: 'in_progress', arguments: '' },
    })
    this.send({
      type: 'response.function_call_arguments.done',
      response_id: response,
      item_id: item.id,
      output_index: 0,
      call_id: call,
      name,
      arguments: item.arguments,
    })
    this.send({ type: 'response.output_item.done', response_id: response, output_index: 0, item })
    this.send({
      type: 'response.done',
      response: {
        id: response,
        object: 'realtime.response',
        status: 'completed',
        output: [item],
        usage: { total_tokens: 10 },
      },
    })
  }

  speech(started: boolean, audioMs: number, item: string): void {
    this.send(
      started
        ? { type: 'input_audio_buffer.speech_started', audio_start_ms: audioMs, item_id: item }
        : { type: 'input_audio_buffer.speech_stopped', audio_end_ms: audioMs, item_id: item },
    )
    if (!started) this.send({ type: 'input_audio_buffer.committed', previous_item_id: null, item_id: item })
  }
}

export interface Provider {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseURL: string
  readonly connections: Connection[]
  /** What the provider does with a client event; the default configures sessions and keeps audio. */
  onEvent: (connection: Connection, event: Json) => void
  /** HTTP status to refuse an upgrade with; null: accept. */
  refuse: number | null
  /** False: sessions are never configured, so that calls keep ringing. */
  configures: boolean
  close(): Promise<void>
}

export async function startProvider(): Promise<Provider> {
  const http = createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ noServer: true })
  const connections: Connection[] = []
  const provider: Provider = {
    baseURL: '',
    connections,
    onEvent: () => undefined,
    refuse: null,
    configures: true,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
  }
  http.on('upgrade', (request, socket, head) => {
    if (provider.refuse !== null) {
      socket.end(`HTTP/1.1 ${provider.refuse} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, ws => {
      const connection = new Connection(ws, request.headers, request.url ?? '')
      connections.push(connection)
      ws.on('message', data => {
        const event = JSON.parse((data as Buffer).toString()) as Json
        connection.events.push(event)
        if (event['type'] === 'input_audio_buffer.append')
          connection.audio = Buffer.concat([connection.audio, Buffer.from(event['audio'] as string, 'base64')])
        if (event['type'] === 'session.update' && provider.configures)
          connection.send({ type: 'session.updated', session: event['session'] })
        if (event['type'] === 'conversation.item.create')
          connection.send({ type: 'conversation.item.added', previous_item_id: null, item: event['item'] })
        provider.onEvent(connection, event)
      })
      connection.send({
        type: 'session.created',
        session: { type: 'realtime', id: `sess_${connections.length}`, object: 'realtime.session', model: 'm' },
      })
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return Object.assign(provider, { baseURL: `http://127.0.0.1:${port}/v1` })
}
