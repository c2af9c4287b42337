import type { StoredItem } from './conversation.ts'

/** Tokens as the vendor counts audio: one per 100 ms heard, one per 50 ms spoken; text at four characters each. */
const HEARD_MS_PER_TOKEN = 100
const SPOKEN_MS_PER_TOKEN = 50
const CHARACTERS_PER_TOKEN = 4
/** Prompt caching works in blocks. */
const CACHE_BLOCK = 64

export interface Usage {
  total_tokens: number
  input_tokens: number
  output_tokens: number
  input_token_details: {
    text_tokens: number
    audio_tokens: number
    image_tokens: number
    cached_tokens: number
    cached_tokens_details: { text_tokens: number; audio_tokens: number; image_tokens: number }
  }
  output_token_details: { text_tokens: number; audio_tokens: number }
}

export function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN)
}

export function spokenTokens(ms: number): number {
  return Math.ceil(ms / SPOKEN_MS_PER_TOKEN)
}

/** Tokens of a context: instructions and every item so far. */
export function contextTokens(instructions: string, items: readonly StoredItem[]): { text: number; audio: number } {
  let text = textTokens(instructions)
  let audio = 0
  for (const { item, audioMs, truncatedMs } of items) {
    const ms = truncatedMs ?? audioMs
    if (item.role === 'assistant') audio += spokenTokens(ms)
    else audio += Math.ceil(ms / HEARD_MS_PER_TOKEN)
    for (const part of item.content ?? []) text += textTokens(part.text ?? part.transcript ?? '')
    text += textTokens((item.arguments ?? '') + (item.output ?? ''))
  }
  return { text, audio }
}

/**
 * Usage of one response. Every response bills its whole context again; what an earlier response of the session already sent is cached.
 * @param seen tokens of the context of the response before
 */
export function usageOf(
  input: { text: number; audio: number },
  output: { text: number; audio: number },
  seen: { text: number; audio: number },
): Usage {
  const cachedText = Math.floor(Math.min(input.text, seen.text) / CACHE_BLOCK) * CACHE_BLOCK
  const cachedAudio = Math.floor(Math.min(input.audio, seen.audio) / CACHE_BLOCK) * CACHE_BLOCK
  const inputTokens = input.text + input.audio
  const outputTokens = output.text + output.audio
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: input.text,
      audio_tokens: input.audio,
      image_tokens: 0,
      cached_tokens: cachedText + cachedAudio,
      cached_tokens_details: { text_tokens: cachedText, audio_tokens: cachedAudio, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
  }
}
