/** One request over a connection of its own: a pod gets a handful of them in its life, so nothing is kept for the next one. */
import { type ClientRequest, request } from 'node:http'
import type { Ms } from '#kube/clock.ts'

export interface Question {
  readonly origin: string
  readonly method: 'PUT' | 'POST'
  readonly path: string
  readonly token: string
  readonly body: string
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: Ms
  /** Of the answer; a longer one is an error. */
  readonly maxBytes: number
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * @param asked is given the request, for whoever must end it: destroyed, the answer is an error
 * @throws what the network says, in its own words
 */
export function ask(question: Question, asked: (request: ClientRequest) => void): Promise<Answer> {
  const { origin, method, path, token, body, timeoutMs, maxBytes } = question
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, origin), { method, headers, agent: false })
    const late = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    sent.once('close', () => {
      clearTimeout(late)
      // all that ended it before has been heard already
      reject(new Error('the connection was closed'))
    })
    // for all of them: one that nobody hears ends the process
    sent.on('error', reject)
    sent.once('response', response => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxBytes) sent.destroy(new Error(`an answer of more than ${maxBytes} bytes`))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    asked(sent)
    sent.end(body)
  })
}
