/** Twilio's end of one media stream: dials, says what it is, sends the caller's audio as it comes, plays what it is sent. */
import { WebSocket } from 'ws'
import { PlayoutBuffer } from './playout-buffer.ts'
import { sign } from './signature.ts'

export interface StreamOptions {
  readonly url: string
  readonly callSid: string
  readonly accountSid: string
  readonly streamSid: string
  readonly parameters: Readonly<Record<string, string>>
  /** Signs the upgrade; null: it is not signed. */
  readonly authToken: string | null
  readonly onOpen: () => void
  /** The other side closed it, or it never opened; `status` of a refused upgrade. */
  readonly onClose: (code: number, status: number | null) => void
  /** A message that Twilio would not take (31924). */
  readonly onFault: (what: string) => void
}

export class MediaStream {
  readonly buffer = new PlayoutBuffer()
  readonly #o: StreamOptions
  readonly #ws: WebSocket
  #sequence = 0
  #chunk = 0
  #closed = false
  #status: number | null = null
  clears = 0

  constructor(options: StreamOptions) {
    this.#o = options
    const headers = options.authToken === null ? {} : { 'x-twilio-signature': sign(options.authToken, options.url) }
    this.#ws = new WebSocket(options.url, { perMessageDeflate: false, headers })
    this.#ws.on('open', () => this.#opened())
    this.#ws.on('unexpected-response', (_request, response) => {
      this.#status = response.statusCode ?? 0
      response.resume()
      this.#ended(1006)
    })
    this.#ws.on('error', () => undefined)
    this.#ws.on('close', code => this.#ended(code))
    this.#ws.on('message', (data: Buffer, isBinary) => this.#take(data, isBinary))
  }

  get open(): boolean {
    return !this.#closed && this.#ws.readyState === WebSocket.OPEN
  }

  /** 20 ms of the caller, at `timestamp` ms of the stream. */
  audio(payload: Buffer, timestamp: number): void {
    this.#chunk += 1
    this.#say(
      'media',
      `"media":{"track":"inbound","chunk":"${this.#chunk}","timestamp":"${timestamp}","payload":"${payload.toString('base64')}"}`,
    )
  }

  digit(digit: string): void {
    this.#say('dtmf', `"dtmf":{"track":"inbound_track","digit":"${digit}"}`)
  }

  /** The next 20 ms of what the caller hears. */
  play(out: Uint8Array): void {
    for (const mark of this.buffer.play(out)) this.#echo(mark)
  }

  /** The call is over. Idempotent. */
  stop(): void {
    if (this.#closed) return
    const { accountSid, callSid } = this.#o
    this.#say('stop', `"stop":${JSON.stringify({ accountSid, callSid })}`)
    this.#closed = true
    this.#ws.close()
  }

  /** As when a network breaks: no stop, no closing handshake. */
  cut(): void {
    this.#closed = true
    this.#ws.terminate()
  }

  #opened(): void {
    const { accountSid, callSid, streamSid, parameters } = this.#o
    this.#ws.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }
    const start = { accountSid, streamSid, callSid, tracks: ['inbound'], mediaFormat, customParameters: parameters }
    this.#say('start', `"start":${JSON.stringify(start)}`)
    this.#o.onOpen()
  }

  #say(event: string, body: string): void {
    if (!this.open) return
    this.#sequence += 1
    this.#ws.send(
      `{"event":"${event}","sequenceNumber":"${this.#sequence}",${body},"streamSid":"${this.#o.streamSid}"}`,
    )
  }

  #echo(mark: string): void {
    this.#say('mark', `"mark":${JSON.stringify({ name: mark })}`)
  }

  #take(data: Buffer, isBinary: boolean): void {
    const text = data.toString('utf8')
    let message: { event?: unknown; streamSid?: unknown; media?: { payload?: unknown }; mark?: { name?: unknown } }
    try {
      if (isBinary) throw new Error('binary')
      message = JSON.parse(text) as typeof message
    } catch {
      return this.#o.onFault('a message that is no JSON text')
    }
    if (message.streamSid !== this.#o.streamSid) return this.#o.onFault('a message of another stream')
    if (message.event === 'media' && typeof message.media?.payload === 'string') {
      const audio = Buffer.from(message.media.payload, 'base64')
      if (audio.toString('base64') !== message.media.payload) return this.#o.onFault('a payload that is no base64')
      this.buffer.media(audio)
    } else if (message.event === 'mark' && typeof message.mark?.name === 'string') {
      for (const mark of this.buffer.mark(message.mark.name)) this.#echo(mark)
    } else if (message.event === 'clear') {
      this.clears += 1
      for (const mark of this.buffer.clear()) this.#echo(mark)
    } else this.#o.onFault(`a message "${String(message.event)}"`)
  }

  #ended(code: number): void {
    if (this.#closed) return
    this.#closed = true
    this.#o.onClose(code, this.#status)
  }
}
