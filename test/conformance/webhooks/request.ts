/** Requests as a carrier sends them, and as nobody should. */
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { sign } from '#simulators/twilio/signature.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { ACCOUNT, AUTH_TOKEN } from '#test/product/twilio-product.ts'

export type Form = Readonly<Record<string, string>>

let calls = 0
/** Names of calls are ours: each is used once. */
export function newSid(): string {
  calls += 1
  return `CA${calls.toString(16).padStart(32, '0')}`
}

export function voiceForm(change: Form = {}, without: readonly string[] = []): Form {
  const form = {
    AccountSid: ACCOUNT,
    CallSid: newSid(),
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+14155550123',
    To: NUMBER,
    ...change,
  }
  return Object.fromEntries(Object.entries(form).filter(([name]) => !without.includes(name)))
}

export interface Sent {
  readonly method?: string
  readonly url: string
  readonly body?: string | Buffer
  readonly signature?: string | null
  readonly type?: string | null
}

export async function send({
  method = 'POST',
  url,
  body,
  signature,
  type,
}: Sent): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = {}
  if (signature !== null && signature !== undefined) headers['x-twilio-signature'] = signature
  if (type !== null) headers['content-type'] = type ?? 'application/x-www-form-urlencoded'
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) })
  return { status: response.status, text: await response.text() }
}

export const encoded = (form: Form): string => new URLSearchParams(form).toString()

/** As its carrier would. */
export function post(url: string, form: Form, signedAs: Form = form): Promise<{ status: number; text: string }> {
  return send({ url, body: encoded(form), signature: sign(AUTH_TOKEN, url, signedAs) })
}

/** Bytes as they stand; what came back, and whether it was closed. `thenMs`: the second half comes so much later. */
export function raw(port: number, pieces: readonly string[], thenMs = 0, withinMs = 15_000): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    const done = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text)
    }
    const timer = setTimeout(done, withinMs)
    socket.on('data', data => {
      text += data.toString('latin1')
    })
    socket.on('error', done)
    socket.on('close', done)
    const [first = '', ...rest] = pieces
    socket.write(first)
    for (const [i, piece] of rest.entries())
      setTimeout(
        () => {
          if (socket.writable) socket.write(piece)
        },
        (i + 1) * thenMs,
      )
  })
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

/** A media socket: the status that refused it, or else the code that closed it. */
export function dial(
  url: string,
  say: readonly (string | Buffer)[] = [],
  headers: Record<string, string> = {},
  withinMs = 9000,
): Promise<{ status: number | null; code: number | null }> {
  return new Promise(resolve => {
    const ws = new WebSocket(url, { headers, perMessageDeflate: false })
    let status: number | null = null
    const timer = setTimeout(() => {
      ws.terminate()
      resolve({ status, code: null })
    }, withinMs)
    ws.on('unexpected-response', (_request, response) => {
      status = response.statusCode ?? 0
      response.resume()
      clearTimeout(timer)
      resolve({ status, code: null })
    })
    ws.on('error', () => undefined)
    ws.on('open', () => {
      for (const message of say) ws.send(message)
    })
    ws.on('close', code => {
      clearTimeout(timer)
      resolve({ status, code })
    })
  })
}

/** The media URL of a TwiML; '' when there is none. */
export const mediaOf = (twiml: string): string => /<Stream url="([^"]+)"/.exec(twiml)?.[1] ?? ''

export function startMessage(callSid: string, change: Readonly<Record<string, unknown>> = {}): string {
  const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }
  const start = {
    accountSid: ACCOUNT,
    streamSid: 'MZ1',
    callSid,
    tracks: ['inbound'],
    mediaFormat,
    customParameters: {},
    ...change,
  }
  return JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid: 'MZ1', start })
}
