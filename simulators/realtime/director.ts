/** Decides what the model does next: the script's turns in order, something sensible where the script has none. */
import { type Output, outputsOf, type Turn } from './script.ts'
import { verbatim } from './verbatim.ts'

/** What happened in the conversation since the model's last response. */
export type Trigger =
  | { readonly on: 'caller'; readonly text: string }
  | { readonly on: 'text'; readonly text: string }
  | { readonly on: 'tool'; readonly tool: string; readonly text: string }
  | { readonly on: 'idle' }

export interface Asked {
  readonly triggers: readonly Trigger[]
  /** `instructions` of the `response.create`. */
  readonly instructions: string | null
  /** The model's last words were cut short. */
  readonly interrupted: boolean
  /** No response was made in this session yet. */
  readonly first: boolean
}

export interface Plan {
  readonly outputs: readonly Output[]
  readonly turn: Turn | null
  /** Extra thinking time. */
  readonly waitMs: number
}

export class Director {
  readonly #turns: readonly Turn[]
  readonly #used = new Set<Turn>()

  constructor({ turns }: { readonly turns: readonly Turn[] }) {
    this.#turns = turns
  }

  /** Another one at the same place in the script, which goes on by itself. */
  copy(): Director {
    const copy = new Director({ turns: this.#turns })
    for (const turn of this.#used) copy.#used.add(turn)
    return copy
  }

  /** The next response. */
  next(asked: Asked): Plan {
    const turn = this.#turns.find(t => !this.#used.has(t) && fits(t, asked)) ?? null
    if (turn !== null) {
      if (!turn.repeat) this.#used.add(turn)
      return { outputs: outputsOf(turn), turn, waitMs: turn.wait ?? 0 }
    }
    return { outputs: [{ say: fallback(asked) }], turn: null, waitMs: 0 }
  }

  /** Gives a turn back: its response said nothing, so it is still to come. */
  release(turn: Turn | null): void {
    if (turn !== null) this.#used.delete(turn)
  }

  /** What the caller is taken to say in the turn that comes next. */
  heard(interrupted: boolean): string | null {
    const asked: Asked = { triggers: [{ on: 'caller', text: '' }], instructions: null, interrupted, first: false }
    return this.#turns.find(t => t.heard !== undefined && !this.#used.has(t) && fits(t, asked))?.heard ?? null
  }

  /**
   * A conversation is replayed into a new session: turns whose words or calls are already there have been done.
   * @param said an assistant's text, a caller's text, or the name of a called tool
   */
  replayed(said: string): void {
    const index = this.#turns.findIndex(t => !this.#used.has(t) && !t.repeat && mentions(t, said))
    for (const turn of this.#turns.slice(0, index + 1)) if (!turn.repeat) this.#used.add(turn)
  }
}

function mentions(turn: Turn, said: string): boolean {
  if (turn.heard === said) return true
  return outputsOf(turn).some(o => ('say' in o ? said !== '' && o.say.startsWith(said) : o.call === said))
}

function fits(turn: Turn, asked: Asked): boolean {
  if (turn.interrupted !== undefined && turn.interrupted !== asked.interrupted) return false
  const pattern = turn.match === undefined ? null : new RegExp(turn.match, 'iu')
  const matches = (text: string): boolean => pattern === null || pattern.test(text)
  if (asked.instructions !== null && (turn.on === 'instructions' || turn.on === 'any'))
    return matches(asked.instructions)
  // Words that must be spoken as they stand are nobody's turn.
  if (asked.instructions !== null && verbatim(asked.instructions) !== null) return false
  if (turn.on === 'start') return asked.first && asked.triggers.length === 0
  if (turn.on === 'continue') return !asked.first && asked.triggers.length === 0
  if (turn.on === 'any')
    return asked.triggers.length === 0 ? matches('') : asked.triggers.some(t => matches(wordsOf(t)))
  return asked.triggers.some(
    t =>
      t.on === turn.on && matches(wordsOf(t)) && (turn.tool === undefined || (t.on === 'tool' && t.tool === turn.tool)),
  )
}

function wordsOf(trigger: Trigger): string {
  return 'text' in trigger ? trigger.text : ''
}

function fallback(asked: Asked): string {
  const words = asked.instructions === null ? null : verbatim(asked.instructions)
  if (words !== null) return words
  const last = asked.triggers.at(-1)
  if (last === undefined) return asked.first ? 'Hello, how can I help you?' : 'Are you still there?'
  if (last.on === 'tool') return 'All right, that is done.'
  if (last.on === 'idle') return 'Are you still there?'
  if (last.on === 'text') return /\d/.test(last.text) ? 'Thank you, I have your digits.' : 'I see. Please tell me more.'
  return 'I see. Please tell me more.'
}
