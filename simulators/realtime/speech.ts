/** `POST /v1/audio/speech`, the vendor's text-to-speech: the same words and watermarks as the sessions', as whole answers of 24 kHz PCM. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { pcm24 } from '#simulators/gemini/pcm.ts'
import type { EventLog } from './event-log.ts'
import type { Fault, Faults } from './faults.ts'
import type { Settings } from './options.ts'
import { utter } from './utterance.ts'

const MAX_BODY = 256 * 1024

/** The vendor's own bounds (openai package, `resources/audio/speech`). */
const Request = z.strictObject({
  model: z.string().min(1),
  voice: z.union([z.string().min(1), z.strictObject({ id: z.string().min(1) })]),
  input: z.string().min(1).max(4096),
  instructions: z.string().max(4096).optional(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).default('mp3'),
  speed: z.number().min(0.25).max(4).default(1),
  stream_format: z.enum(['sse', 'audio']).default('audio'),
})

export interface SpeechWorld {
  readonly settings: Pick<Settings, 'speech' | 'badKeys'>
  readonly faults: Faults
  readonly log: EventLog
  nextMark(): number
}

/** Whether a request is for it. */
export const isSpeech = (request: IncomingMessage): boolean =>
  request.method === 'POST' && /\/audio\/speech\/?$/.test(new URL(request.url ?? '/', 'http://localhost').pathname)

export async function speech(world: SpeechWorld, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { settings, log } = world
  const fault = world.faults.take('speech', '*')
  if (fault !== null) return fail(world, fault, response)
  const key = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (key === undefined || settings.badKeys.has(key)) {
    return refuse(log, response, 401, key === undefined ? 'missing_api_key' : 'invalid_api_key')
  }
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > MAX_BODY) return refuse(log, response, 413, 'too_large')
  }
  const asked = Request.safeParse(parsed(body))
  if (!asked.success) return refuse(log, response, 400, 'invalid_request', z.prettifyError(asked.error))
  const { input, model, voice, response_format, stream_format } = asked.data
  if (response_format !== 'pcm' || stream_format !== 'audio')
    return refuse(log, response, 400, 'not_simulated', 'Only response_format pcm is simulated.')
  const mark = settings.speech === 'watermark' ? world.nextMark() : null
  const words = utter(settings.speech, input, mark ?? 0)
  log.add('', 'in', 'audio.speech', { model, voice, input, mark, ms: words.ms })
  response.writeHead(200, { 'content-type': 'audio/pcm' }).end(pcm24(words, 0, words.ms))
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function fail({ log }: SpeechWorld, fault: Extract<Fault, { kind: 'speech' }>, response: ServerResponse): void {
  if (fault.fails === 'Status') return refuse(log, response, fault.status, 'refused')
  log.add('', 'sim', 'audio.speech.refused', { fails: fault.fails })
  // a stall ends when the client gives up, or the simulator is closed
  if (fault.fails === 'Garbage') response.writeHead(200, { 'content-type': 'audio/pcm' }).end('ID3 this is no PCM')
}

function refuse(log: EventLog, response: ServerResponse, status: number, code: string, message = code): void {
  log.add('', 'sim', 'audio.speech.refused', { status, code })
  const error = { message, type: status >= 500 ? 'server_error' : 'invalid_request_error', code, param: null }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}
