/** One turn of the model: what it says on a timeline, until it is interrupted, waits for tools, or its playing would be over. */
import type { LiveServerMessage } from '@google/genai'
import type { Pace } from '#simulators/realtime/options.ts'
import type { Output } from '#simulators/realtime/script.ts'
import { type SpeechKind, utter } from '#simulators/realtime/utterance.ts'
import type { Remembered } from './memory.ts'
import { pcm24 } from './pcm.ts'
import type { Usage } from './usage.ts'

/** The members of a server message; the vendor's class has getters beside them. */
export type Outgoing = Partial<Omit<LiveServerMessage, 'text' | 'data' | 'usageMetadata'>> & { usageMetadata?: Usage }

export interface TurnHost {
  emit(message: Outgoing): void
  nextMark(): number
  remember(item: Remembered): void
  /** All is said; `calls` are waited for, if there are any. */
  said(turn: ModelTurn, calls: readonly { name: string; args: Record<string, unknown> }[]): void
  /** Its playing is over. */
  over(turn: ModelTurn): void
}

interface Cue {
  readonly at: number
  readonly run: () => void
}

export class ModelTurn {
  readonly #host: TurnHost
  readonly #started = performance.now()
  readonly #cues: Iterator<Cue>
  #next: Cue | null = null
  #timer: NodeJS.Timeout | null = null
  #stopped = false
  #now: Remembered | null = null
  /** Sound that was sent. */
  audioMs = 0
  generating = true

  constructor(outputs: readonly Output[], pace: Pace, waitMs: number, speech: SpeechKind, host: TurnHost) {
    this.#host = host
    this.#cues = this.#timeline(outputs, pace, waitMs, speech)
    this.#advance()
  }

  /** The caller has interrupted: what was sent stays remembered, the rest was never said. */
  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#now !== null) this.#now.interrupted = true
  }

  #advance(): void {
    this.#timer = null
    while (!this.#stopped) {
      this.#next ??= this.#cues.next().value ?? null
      if (this.#next === null) return
      const wait = this.#next.at - (performance.now() - this.#started)
      if (wait > 0.5) {
        this.#timer = setTimeout(() => this.#advance(), wait)
        return
      }
      const { run } = this.#next
      this.#next = null
      run()
    }
  }

  *#timeline(outputs: readonly Output[], pace: Pace, waitMs: number, speech: SpeechKind): Generator<Cue> {
    const calls = outputs.flatMap(o => ('call' in o ? [{ name: o.call, args: o.arguments }] : []))
    let at = pace.latencyMs + waitMs
    const began = at
    let played = 0
    for (const output of outputs) {
      at += output.wait ?? 0
      if (!('say' in output)) continue
      const mark = this.#host.nextMark()
      const utterance = utter(speech, output.say, mark, output.ms)
      const words = output.say.match(/\S+\s*/g) ?? []
      const item: Remembered = { role: 'model', text: '', mark, sentMs: 0, wholeMs: utterance.ms, interrupted: false }
      yield { at, run: () => this.#host.remember((this.#now = item)) }
      const from = at
      let sent = 0
      let word = 0
      while (sent < utterance.ms) {
        const to = Math.min(utterance.ms, sent + pace.deltaMs)
        at = from + Math.max(0, (sent - pace.headStartMs) / pace.speed)
        const due = Math.min(words.length, Math.ceil((words.length * (to + pace.deltaMs)) / utterance.ms))
        const text = words.slice(word, due).join('')
        word = Math.max(word, due)
        const piece = { from: sent, to }
        yield {
          at,
          run: () => {
            const data = pcm24(utterance, piece.from, piece.to).toString('base64')
            item.sentMs = piece.to
            this.audioMs += piece.to - piece.from
            const parts = [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }]
            this.#host.emit({ serverContent: { modelTurn: { parts } } })
            if (text === '') return
            item.text += text
            this.#host.emit({ serverContent: { outputTranscription: { text } } })
          },
        }
        sent = to
      }
      played += utterance.ms
    }
    yield {
      at,
      run: () => {
        this.generating = false
        this.#now = null
        this.#host.said(this, calls)
      },
    }
    // the server takes it that its words are played as they come
    if (calls.length === 0) yield { at: Math.max(at, began + played), run: () => this.#host.over(this) }
  }
}
