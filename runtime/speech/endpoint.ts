/** One text to sound: `POST {baseURL}/audio/speech` in OpenAI's shape (openai package 7.57.0, `resources/audio/speech`). */
import { SwitchboardError } from '#errors/registry.ts'
import type { Ms } from '#runtime/media/format.ts'
import { speechNotAudio, speechRefused, speechTimeout, speechUnreachable } from './errors.ts'

/** What this version takes for the vendor's. It announced its end for 2027-01-06; `spec.speech.model` names another. */
export const USUAL_MODEL = 'gpt-4o-mini-tts'

/** Where and how; what it comes to is part of the name of every sound. */
export interface Voicing {
  readonly url: string
  readonly model: string
  readonly voice: string
  readonly instructions?: string
  readonly speed?: number
}

/** The rate that `pcm` means. */
export const RATE_HZ = 24_000
/** What a playout holds. */
const MAX_SECONDS = 60
const MAX_BYTES = MAX_SECONDS * RATE_HZ * 2

const SCHEMES: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' }

/** A base may be that of sessions: their socket's path and scheme are left out. Null: it is no URL. */
export function speechUrl(base: string): string | null {
  const url = URL.parse(base)
  if (url === null || url.username !== '' || url.password !== '') return null
  const scheme = SCHEMES[url.protocol]
  if (scheme !== undefined) url.protocol = scheme
  url.hash = ''
  url.searchParams.delete('model')
  const path = url.pathname.replace(/\/+$/, '').replace(/\/realtime$/, '')
  url.pathname = `${path === '' ? '/v1' : path}/audio/speech`
  return url.href
}

/** @returns 16-bit samples at 24 kHz. @throws SwitchboardError SB_SPEECH_* */
export async function speak(
  how: Voicing,
  text: string,
  key: string | null,
  timeoutMs: Ms,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Int16Array> {
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(how.url, {
      method: 'POST',
      redirect: 'manual',
      signal: deadline,
      headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        model: how.model,
        // a custom voice goes by its id
        voice: how.voice.startsWith('voice_') ? { id: how.voice } : how.voice,
        input: text,
        response_format: 'pcm',
        ...(how.instructions !== undefined && { instructions: how.instructions }),
        ...(how.speed !== undefined && { speed: how.speed }),
      }),
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw speechRefused(response.status)
    }
    return samplesOf(await bytesOf(response))
  } catch (error) {
    if (error instanceof SwitchboardError) throw error
    if (deadline.aborted) throw speechTimeout(timeoutMs)
    throw speechUnreachable(codeOf(error))
  }
}

async function bytesOf(response: Response): Promise<Buffer> {
  const type = response.headers.get('content-type') ?? ''
  if (/json|text/.test(type)) {
    await response.body?.cancel()
    throw speechNotAudio(`it is ${type.slice(0, 60)}`)
  }
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > MAX_BYTES) throw speechNotAudio(`it is longer than ${MAX_SECONDS} s`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function samplesOf(bytes: Buffer): Int16Array {
  if (bytes.length < 2) throw speechNotAudio('it is empty')
  if (bytes.length >= 4 && /^(RIFF|OggS|fLaC|ID3)/.test(bytes.toString('latin1', 0, 4)))
    throw speechNotAudio('it is a file, and not the bare samples that were asked for')
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i))
}

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException
    if (typeof code === 'string') return code
  }
  return 'no answer'
}
