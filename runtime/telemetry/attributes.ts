/** From the short keys of marks to attribute names; caller content only where it is allowed. */
import { ATTR, type AttributeKey, isPii } from '#telemetry/names.ts'
import type { Attributes, AttributeValue } from '#telemetry/span.ts'
import type { UsageSum } from '#telemetry/usage.ts'

/** A tool's own name comes as `name` in some marks. */
const aliases: Readonly<Record<string, AttributeKey>> = {
  name: 'tool',
  callId: 'toolCall',
  why: 'endCode',
  by: 'endBy',
}

export function attributesOf(given: Attributes, content = false): Record<string, AttributeValue> {
  const out: Record<string, AttributeValue> = {}
  for (const [key, value] of Object.entries(given)) {
    const name = nameOf(key)
    if (value !== undefined && value !== null && (content || !isPii(name))) out[name] = value
  }
  return out
}

function nameOf(key: string): string {
  if (key.includes('.')) return key
  if (Object.hasOwn(ATTR, key)) return ATTR[key as AttributeKey]
  const alias = aliases[key]
  return alias === undefined ? `switchboard.${key}` : ATTR[alias]
}

/** GenAI token counts out of a usage sum in OpenAI's shape (also Azure OpenAI's). */
export function usageAttributes(sum: UsageSum): Attributes {
  const from: Readonly<Record<string, AttributeKey>> = {
    input_tokens: 'inputTokens',
    output_tokens: 'outputTokens',
    'input_token_details.cached_tokens': 'cachedTokens',
    'input_token_details.audio_tokens': 'inputAudioTokens',
    'output_token_details.audio_tokens': 'outputAudioTokens',
  }
  const out: Record<string, AttributeValue> = {}
  for (const [path, key] of Object.entries(from)) {
    const value = sum[path]
    if (value !== undefined) out[ATTR[key]] = value
  }
  return out
}
