/** When somebody speaks: from the level of 10 ms windows, to the sample. */

/** −53 dBFS: the quietest consonants are above it, a line's noise is below. */
export const LOUD_RMS = 70
export const WINDOW_SAMPLES = 80
/** Sound begins when 3 of 5 windows are loud. */
const ONSET_WINDOWS = 5
const ONSET_LOUD = 3

export type ActivityEvent =
  | { readonly type: 'start'; readonly at: number }
  /** `at`: one past the last loud sample; told when the silence has lasted. */
  | { readonly type: 'stop'; readonly at: number; readonly from: number }

export class Activity {
  readonly #hangover: number
  readonly #loud: boolean[] = []
  /** Next sample to look at. */
  #next: number
  #from: number | null = null
  #lastLoud: number | null = null

  /** @param hangoverMs silence after which speech is over: pauses between sentences are shorter */
  constructor(hangoverMs = 400, from = 0) {
    this.#hangover = hangoverMs * 8
    this.#next = from
  }

  /** First sample of the speech that is on; null: silence. */
  get speakingFrom(): number | null {
    return this.#from
  }

  /** One past the last sample that was looked at. */
  get looked(): number {
    return this.#next
  }

  /** One past the last loud sample; null: none yet. */
  get lastLoud(): number | null {
    return this.#lastLoud
  }

  /** Looks at `samples` up to `until`; events in order, positions in samples. */
  advance(samples: Int16Array, until: number): ActivityEvent[] {
    const events: ActivityEvent[] = []
    for (; this.#next + WINDOW_SAMPLES <= until; this.#next += WINDOW_SAMPLES) {
      const loud = rms(samples, this.#next, WINDOW_SAMPLES) >= LOUD_RMS
      this.#loud.push(loud)
      if (this.#loud.length > ONSET_WINDOWS) this.#loud.shift()
      const end = this.#next + WINDOW_SAMPLES
      if (this.#from === null && this.#loud.filter(Boolean).length >= ONSET_LOUD) {
        const first = this.#loud.indexOf(true)
        this.#from = this.#first(samples, end - (this.#loud.length - first) * WINDOW_SAMPLES)
        events.push({ type: 'start', at: this.#from })
      }
      if (this.#from === null) continue
      if (loud) this.#lastLoud = this.#last(samples, end)
      else if (end - (this.#lastLoud ?? end) >= this.#hangover) {
        events.push({ type: 'stop', at: this.#lastLoud ?? end, from: this.#from })
        this.#from = null
        this.#loud.length = 0
      }
    }
    return events
  }

  #first(samples: Int16Array, from: number): number {
    for (let i = from; i < from + WINDOW_SAMPLES; i++) if (Math.abs(samples[i] ?? 0) >= LOUD_RMS) return i
    return from
  }

  #last(samples: Int16Array, end: number): number {
    for (let i = end - 1; i >= end - WINDOW_SAMPLES; i--) if (Math.abs(samples[i] ?? 0) >= LOUD_RMS) return i + 1
    return end
  }
}

export function rms(samples: Int16Array, from: number, count: number): number {
  let sum = 0
  for (let i = from; i < from + count; i++) sum += (samples[i] ?? 0) ** 2
  return Math.sqrt(sum / count)
}

/** First loud sample of a piece of audio; null: it is silent. */
export function onsetOf(samples: Int16Array): number | null {
  const [first] = new Activity().advance(samples, samples.length)
  return first?.at ?? null
}
