/** The HTTP answer to a refused upgrade: status, and the vendor's error of the body, bounded. */
import type { IncomingMessage } from 'node:http'
import { isObject, objectIn, stringIn } from './vendor-fields.ts'

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly words: string
}

const MAX_BODY = 4096

/** Calls back once, with as much of the body as came; the session's own deadline bounds the wait. */
export function readRefusal(response: IncomingMessage, done: (refusal: Refusal) => void): void {
  const status = response.statusCode ?? 0
  let body = Buffer.alloc(0)
  let told = false
  const finish = (): void => {
    if (told) return
    told = true
    done(refusalOf(status, body.toString('utf8')))
  }
  response.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk]).subarray(0, MAX_BODY)
    if (body.length === MAX_BODY) finish()
  })
  response.on('end', finish)
  response.on('error', finish)
  response.on('close', finish)
}

export function refusalOf(status: number, body: string): Refusal {
  let code = ''
  let message = ''
  try {
    const parsed: unknown = JSON.parse(body)
    const error = isObject(parsed) ? objectIn(parsed, 'error') : {}
    code = stringIn(error, 'code') ?? ''
    message = stringIn(error, 'message') ?? ''
  } catch {
    // Not JSON: a proxy's page. The status says enough.
  }
  const words = [`HTTP ${status}`, code, message].filter(word => word !== '').join(': ')
  return { status, code, words }
}
