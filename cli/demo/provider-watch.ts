/** Reads the simulated provider's own log while the call is on: what it heard, said, asked for and was told. */

interface LogEntry {
  readonly n: number
  /** CLOCK_MONOTONIC in ms. */
  readonly t: number
  readonly dir: 'in' | 'out' | 'sim'
  readonly type: string
  readonly event?: Readonly<Record<string, unknown>>
}

export type ProviderFact =
  | { readonly t: number; readonly what: 'opened' | 'heardSpeech' }
  /** `text`: what is known of the words by now. */
  | { readonly t: number; readonly what: 'says'; readonly text: () => string }
  | { readonly t: number; readonly what: 'callsTool'; readonly name: string; readonly args: string }
  | { readonly t: number; readonly what: 'truncated'; readonly atMs: number; readonly text: () => string }
  | { readonly t: number; readonly what: 'told'; readonly keys: number }

const POLL_MS = 100

export class ProviderWatch {
  readonly #url: string
  readonly #onFact: (fact: ProviderFact) => void
  readonly #words = new Map<string, string>()
  #after = -1
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(provider: string, onFact: (fact: ProviderFact) => void) {
    this.#url = `${provider}/_sim/log`
    this.#onFact = onFact
    this.#poll()
  }

  /** Reads what is left. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#read()
  }

  #poll(): void {
    void this.#read().then(() => {
      if (!this.#closed) this.#timer = setTimeout(() => this.#poll(), POLL_MS)
    })
  }

  async #read(): Promise<void> {
    try {
      const response = await fetch(`${this.#url}?after=${this.#after}`, { signal: AbortSignal.timeout(2000) })
      for (const line of (await response.text()).split('\n')) {
        if (line === '') continue
        const entry = JSON.parse(line) as LogEntry
        if (entry.n <= this.#after) continue
        this.#after = entry.n
        this.#take(entry)
      }
    } catch {
      // its process ends with the call: whoever waits for that process says so
    }
  }

  #take({ t, dir, type, event = {} }: LogEntry): void {
    const text = (key: string): string => (typeof event[key] === 'string' ? event[key] : '')
    const item = text('item_id')
    const words = (): string => this.#words.get(item) ?? ''
    switch (`${dir} ${type}`) {
      case 'sim opened':
        return this.#onFact({ t, what: 'opened' })
      case 'out input_audio_buffer.speech_started':
        return this.#onFact({ t, what: 'heardSpeech' })
      case 'out response.content_part.added':
        return this.#onFact({ t, what: 'says', text: words })
      case 'out response.output_audio_transcript.delta':
        this.#words.set(item, words() + text('delta'))
        return
      case 'out response.function_call_arguments.done':
        return this.#onFact({ t, what: 'callsTool', name: text('name'), args: text('arguments') })
      case 'in conversation.item.truncate':
        return this.#onFact({ t, what: 'truncated', atMs: Number(event['audio_end_ms']), text: words })
      case 'in conversation.item.create': {
        const keys = /pressed: (\S+)/.exec(JSON.stringify(event['item'] ?? ''))?.[1]?.replace(/[^0-9*#A-D]/g, '').length
        if (keys !== undefined) this.#onFact({ t, what: 'told', keys })
        return
      }
      default:
    }
  }
}
