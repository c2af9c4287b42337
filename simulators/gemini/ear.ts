/** The caller's sound as it comes: how much of it there was, and where turns begin and end, if the provider is to find them. */
import { Vad, type VadEvent } from '#simulators/realtime/vad.ts'
import type { Setup } from './messages.ts'
import { narrow } from './pcm.ts'

/** Silence that ends a turn, where the setup does not say. */
const SILENCE_MS = 500
const PREFIX_MS = 20
const LEVELS = { START_SENSITIVITY_HIGH: 0.5, START_SENSITIVITY_LOW: 0.65 } as const

export class Ear {
  inputMs = 0
  /** Between activityStart and activityEnd; where turns are found here, always. */
  listening = false
  #vad: Vad | null = null

  get findsTurns(): boolean {
    return this.#vad !== null
  }

  setUp({ automaticActivityDetection: detection }: Setup['realtimeInputConfig']): void {
    if (detection.disabled) return
    const threshold = LEVELS[detection.startOfSpeechSensitivity ?? 'START_SENSITIVITY_HIGH']
    const { prefixPaddingMs = PREFIX_MS, silenceDurationMs = SILENCE_MS } = detection
    this.#vad = new Vad({ threshold, prefixPaddingMs, silenceDurationMs })
    this.listening = true
  }

  /** @returns null: it is no sound that we take */
  push({ data, mimeType }: { readonly data: string; readonly mimeType: string }): readonly VadEvent[] | null {
    const rate = /^audio\/pcm;rate=(\d+)$/.exec(mimeType)?.[1]
    if (rate === undefined) return null
    const bytes = Buffer.from(data, 'base64')
    this.inputMs += bytes.length / 2 / (Number(rate) / 1000)
    return this.listening && this.#vad !== null ? this.#vad.push(narrow(bytes, Number(rate))) : []
  }
}
