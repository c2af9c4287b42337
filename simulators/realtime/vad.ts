/**
 * Energy-based voice activity detection that counts audio, not time: all its milliseconds are offsets into what was written to the input
 * buffer, as in the vendor's events (`audio_start_ms`, `audio_end_ms`).
 */

export interface VadSettings {
  /** 0 … 1; 0.5 is a level of −40 dBFS, each 0.1 is 4 dB. */
  readonly threshold: number
  readonly prefixPaddingMs: number
  readonly silenceDurationMs: number
}

export type VadEvent =
  | { readonly kind: 'started'; readonly atMs: number }
  | { readonly kind: 'stopped'; readonly atMs: number }

/** Windows of 10 ms at 8 kHz. */
const WINDOW_SAMPLES = 80
const WINDOW_MS = 10
/** Speech begins when 5 of the last 8 windows are loud: 50 ms of sound, so that a click is nothing. */
const ONSET_WINDOWS = 8
const ONSET_LOUD = 5
/** Speech that has begun goes on down to 6 dB below the threshold. */
const HYSTERESIS = 10 ** (-6 / 20)
const FULL_SCALE = 32_768

function level(threshold: number): number {
  return FULL_SCALE * 10 ** ((-60 + 40 * threshold) / 20)
}

export class Vad {
  readonly #settings: VadSettings
  #on: number
  #squares = 0
  #count = 0
  #ms: number
  /** One bit a window, newest lowest: loud or not. */
  #recent = 0
  #speaking = false
  #lastLoudMs = 0
  /** Audio before this was committed already: padding must not reach back over it. */
  #floorMs: number

  /** @param startMs offset of the next sample in the input buffer */
  constructor(settings: VadSettings, startMs = 0) {
    this.#settings = settings
    this.#on = level(settings.threshold)
    this.#ms = Math.round(startMs)
    this.#floorMs = this.#ms
  }

  get speaking(): boolean {
    return this.#speaking
  }

  /** Feeds 8 kHz samples; events in order. */
  push(samples: Int16Array): VadEvent[] {
    const events: VadEvent[] = []
    for (const sample of samples) {
      this.#squares += sample * sample
      if (++this.#count < WINDOW_SAMPLES) continue
      const event = this.#window(Math.sqrt(this.#squares / WINDOW_SAMPLES))
      if (event !== null) events.push(event)
      this.#squares = 0
      this.#count = 0
    }
    return events
  }

  /** Forgets a turn that somebody else ended (a manual commit, a clear). */
  reset(): void {
    this.#speaking = false
    this.#recent = 0
    this.#floorMs = this.#ms
  }

  #window(rms: number): VadEvent | null {
    this.#ms += WINDOW_MS
    const loud = rms >= (this.#speaking ? this.#on * HYSTERESIS : this.#on)
    if (loud) this.#lastLoudMs = this.#ms
    if (this.#speaking) {
      if (this.#ms - this.#lastLoudMs < this.#settings.silenceDurationMs) return null
      this.reset()
      return { kind: 'stopped', atMs: this.#ms }
    }
    this.#recent = ((this.#recent << 1) | (loud ? 1 : 0)) & ((1 << ONSET_WINDOWS) - 1)
    let count = 0
    let first = 0
    for (let i = 0; i < ONSET_WINDOWS; i++) {
      if ((this.#recent >> i) & 1) {
        count++
        first = i
      }
    }
    if (count < ONSET_LOUD) return null
    this.#speaking = true
    const onset = this.#ms - (first + 1) * WINDOW_MS
    return { kind: 'started', atMs: Math.max(this.#floorMs, onset - this.#settings.prefixPaddingMs) }
  }
}
