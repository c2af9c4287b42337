/**
 * A tool's HTTP answer → what the model is told.
 *
 * - JSON goes to the model as it stands. An object of exactly `{ "result": … }` or `{ "result": …, "display": "…" }` is an envelope: `result`
 *   goes to the model (a string without quotes), `display` to people: one line for record and timeline, such as "3 free slots on Monday".
 *   Any other member beside them makes it plain JSON, so that no answer loses anything.
 * - `text/*`, or no content type, goes to the model as text. No body at all (204) is told as `{"ok":true}`.
 */
import { toolBadJson, toolContentType, toolRedirect, toolStatus, toolTooLarge } from './errors.ts'
import type { ToolResult } from './tool.ts'

/** Bytes of an answer: some ten thousand tokens, far more than anyone wants read out. */
export const MAX_ANSWER = 65_536
/** Characters of a refusal's body that the model sees. */
const MAX_REASON = 300
const MAX_DISPLAY = 500

/** Reads the answer within bounds. @throws the error whose message the model gets */
export async function answerOf(response: Response, maxBytes: number): Promise<ToolResult> {
  const { status } = response
  if (status >= 300 && status < 400) {
    await discard(response)
    throw toolRedirect()
  }
  const kind = kindOf(response.headers.get('content-type'))
  if (!response.ok) throw toolStatus(status, await reasonOf(response, kind))
  if (kind === 'other') {
    await discard(response)
    throw toolContentType(mediaType(response.headers.get('content-type')))
  }
  const body = await read(response, maxBytes)
  if (body === null) throw toolTooLarge(maxBytes)
  if (body.trim() === '') return { ok: true, output: '{"ok":true}' }
  return kind === 'json' ? fromJson(body) : { ok: true, output: body.trim() }
}

function fromJson(body: string): ToolResult {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw toolBadJson()
  }
  if (!isEnvelope(value)) return { ok: true, output: JSON.stringify(value) }
  const output = typeof value.result === 'string' ? value.result : JSON.stringify(value.result)
  return { ok: true, output, ...(value.display === undefined ? {} : { display: oneLine(value.display, MAX_DISPLAY) }) }
}

function isEnvelope(value: unknown): value is { result: unknown; display?: string } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'result')) return false
  const { result: _result, display, ...rest } = value as Record<string, unknown>
  return Object.keys(rest).length === 0 && (display === undefined || typeof display === 'string')
}

/** What a refusal says about itself, if it says it in words. */
async function reasonOf(response: Response, kind: Kind): Promise<string> {
  if (kind === 'other') {
    await discard(response)
    return ''
  }
  const text = await read(response, MAX_ANSWER).catch(() => '')
  const reason = oneLine(text ?? '', MAX_REASON)
  return reason === '' || reason.startsWith('<') ? '' : `: ${reason}`
}

type Kind = 'json' | 'text' | 'other'

function kindOf(contentType: string | null): Kind {
  const type = mediaType(contentType)
  if (type === 'application/json' || type.endsWith('+json')) return 'json'
  return type === '' || type.startsWith('text/') ? 'text' : 'other'
}

function mediaType(contentType: string | null): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase().slice(0, 64) ?? ''
}

function oneLine(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > max ? `${line.slice(0, max - 1)}…` : line
}

/** The body as UTF-8; null when it is longer than `maxBytes`, and then the rest is not read. */
async function read(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return ''
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > maxBytes) return null // leaving the loop cancels the body
    parts.push(part)
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}
