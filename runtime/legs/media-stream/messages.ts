/** Twilio's media messages, in and out: those that come many times a second are sliced, not parsed. */
import type { Ms } from '#runtime/media/format.ts'

/** What a carrier says at the beginning of a stream. */
export interface StreamStart {
  readonly streamSid: string
  readonly callSid: string
  readonly accountSid: string
  readonly encoding: string
  readonly sampleRate: number
  readonly channels: number
  readonly parameters: Readonly<Record<string, string>>
}

export type StreamMessage =
  | { readonly event: 'connected' }
  | { readonly event: 'start'; readonly start: StreamStart }
  | { readonly event: 'media'; readonly chunk: number; readonly timestamp: Ms; readonly payload: string }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'dtmf'; readonly digit: string }
  | { readonly event: 'stop' }
  /** Of a later version of the protocol. */
  | { readonly event: 'unknown'; readonly name: string }

const MEDIA = '{"event":"media"'
const MARK = '{"event":"mark"'

/** @param text latin1; null: it is no message at all */
export function readMessage(text: string): StreamMessage | null {
  const plain = text.startsWith(MEDIA) ? readMedia(text) : text.startsWith(MARK) ? readMark(text) : null
  return plain ?? parse(text)
}

/** Members in any order; null: not as plain as it mostly is. */
function readMedia(text: string): StreamMessage | null {
  if (text.includes('\\') || !text.includes('"track":"inbound"')) return null
  const payload = member(text, '"payload":"')
  const chunk = Number(member(text, '"chunk":"') ?? Number.NaN)
  const timestamp = Number(member(text, '"timestamp":"') ?? Number.NaN)
  if (payload === null || !Number.isSafeInteger(chunk) || !Number.isSafeInteger(timestamp)) return null
  return { event: 'media', chunk, timestamp, payload }
}

/** Null: not as plain as it mostly is. */
function readMark(text: string): StreamMessage | null {
  const name = text.includes('\\') ? null : member(text, '"mark":{"name":"')
  return name === null ? null : { event: 'mark', name }
}

function member(text: string, key: string): string | null {
  const at = text.indexOf(key)
  if (at < 0) return null
  const end = text.indexOf('"', at + key.length)
  return end < 0 ? null : text.slice(at + key.length, end)
}

function parse(text: string): StreamMessage | null {
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'))
  } catch {
    return null
  }
  const message = objectOf(raw)
  const event = message['event']
  switch (event) {
    case 'connected':
    case 'stop':
      return { event }
    case 'start': {
      const start = objectOf(message['start'])
      const format = objectOf(start['mediaFormat'])
      return {
        event,
        start: {
          streamSid: textOf(message['streamSid'] ?? start['streamSid']),
          callSid: textOf(start['callSid']),
          accountSid: textOf(start['accountSid']),
          encoding: textOf(format['encoding']),
          sampleRate: Number(format['sampleRate']),
          channels: Number(format['channels']),
          parameters: Object.fromEntries(
            Object.entries(objectOf(start['customParameters'])).map(([key, value]) => [key, textOf(value)]),
          ),
        },
      }
    }
    case 'media': {
      const media = objectOf(message['media'])
      if (textOf(media['track'] ?? 'inbound') !== 'inbound') return { event: 'unknown', name: 'media' }
      const [chunk, timestamp] = [Number(media['chunk']), Number(media['timestamp'])]
      if (!Number.isSafeInteger(chunk) || !Number.isSafeInteger(timestamp)) return null
      return { event, chunk, timestamp, payload: textOf(media['payload']) }
    }
    case 'mark':
      return { event, name: textOf(objectOf(message['mark'])['name']) }
    case 'dtmf':
      return { event, digit: textOf(objectOf(message['dtmf'])['digit']) }
    default:
      return typeof event === 'string' ? { event: 'unknown', name: event.slice(0, 32) } : null
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Messages of one stream. Its sid was checked and needs no escape; neither does base64. */
export class Messages {
  readonly #before: Buffer
  readonly #mark: string
  readonly #clear: Buffer

  constructor(streamSid: string) {
    this.#before = Buffer.from(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"`, 'latin1')
    this.#mark = `{"event":"mark","streamSid":"${streamSid}","mark":{"name":"`
    this.#clear = Buffer.from(`{"event":"clear","streamSid":"${streamSid}"}`, 'latin1')
  }

  media(audio: Buffer): Buffer {
    const base64 = audio.toString('base64')
    const out = Buffer.allocUnsafe(this.#before.length + base64.length + 3)
    out.set(this.#before)
    out.write(base64, this.#before.length, 'latin1')
    out.write('"}}', this.#before.length + base64.length, 'latin1')
    return out
  }

  mark(number: number): Buffer {
    return Buffer.from(`${this.#mark}m${number}"}}`, 'latin1')
  }

  clear(): Buffer {
    return this.#clear
  }
}

/** The number of one of our marks; null: not ours. */
export function markNumber(name: string): number | null {
  const [, digits] = /^m([1-9]\d{0,14})$/.exec(name) ?? []
  return digits === undefined ? null : Number(digits)
}
