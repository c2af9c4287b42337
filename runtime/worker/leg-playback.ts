/** Between the machine and a leg's playout: which item is a clip, what became audible, what was heard. */
import type { CallEvent } from '#runtime/call/events.ts'
import type { Leg, RingbackTone } from '#runtime/call/ports.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { PlayoutNotice } from '#runtime/media/playout.ts'
import type { Heard, Playout } from '#runtime/media/playout-port.ts'

/** A leg whose playout says what became audible and what was played, and that can tell the caller's voice from our echo. */
export type PlayingLeg = Leg & {
  readonly playout: (Playout & { drainNotices(): readonly PlayoutNotice[] }) | null
  /** null: it cannot. */
  judge(): { readonly echo: number; readonly speechMs: Ms } | null
  /** For how long the caller's line has been quiet; null: it cannot tell. */
  quietMs(): Ms | null
  /** Plays another leg's frame, in this leg's format, now; null: no more of it. A leg without it cannot be joined with another. */
  relay?(frame: Uint8Array | null): void
  /** A tone under the agent's words; null: none. */
  tone?(tone: RingbackTone | null): void
}

export class LegPlayback {
  readonly #leg: PlayingLeg
  readonly #clip: (id: string) => Uint8Array | null
  readonly #emit: (event: CallEvent) => void
  /** Items that are clips: reported by 'clipDone', not as words of the session. */
  readonly #clips = new Set<string>()
  #playing = false

  constructor(leg: PlayingLeg, clip: (id: string) => Uint8Array | null, emit: (event: CallEvent) => void) {
    this.#leg = leg
    this.#clip = clip
    this.#emit = emit
  }

  append(item: string, audio: Uint8Array): boolean {
    const { playout } = this.#leg
    return playout === null || playout.append(playout.generation, item, audio)
  }

  complete(item: string): void {
    this.#leg.playout?.complete(item)
    this.pump()
  }

  play(prompt: string, clip: string): void {
    const { playout } = this.#leg
    const audio = this.#clip(clip)
    if (!playout || !audio || !playout.append(playout.generation, prompt, audio)) {
      this.#emit({ type: 'clipDone', leg: this.#leg.id, prompt, heardMs: 0, totalMs: 0 })
      return
    }
    this.#clips.add(prompt)
    playout.complete(prompt)
  }

  /** Tells what happened since the last look. */
  pump(): void {
    const { playout, id: leg } = this.#leg
    if (!playout) return
    const playing = playout.queuedMs > 0
    const notices = playout.drainNotices()
    const ranEmpty = this.#playing && !playing
    const goesOn = !this.#playing && playing
    this.#playing = playing
    // an item that had run empty in its middle is heard again: the playout tells of its first sample only
    if (goesOn) {
      const item = playout.snapshot().items.find(i => i.ms > 0 && i.ms < i.totalMs)?.item
      if (item !== undefined && !notices.some(n => n.type === 'audible' && n.item === item))
        this.#emit({ type: 'audible', leg, item })
    }
    if (notices.length === 0 && !ranEmpty) return
    const words: Heard[] = []
    for (const notice of notices) {
      if (notice.type === 'audible') this.#emit({ type: 'audible', leg, item: notice.item })
      else if (this.#clips.has(notice.heard.item)) this.#clipDone(notice.heard)
      else words.push(notice.heard)
    }
    // items that the session has not completed: heard up to here, more may come
    if (ranEmpty) for (const heard of playout.snapshot().items) if (!this.#clips.has(heard.item)) words.push(heard)
    if (words.length > 0) this.#emit({ type: 'played', leg, items: words })
  }

  /** Drops what is queued; returns what was heard of the session's items, and reports clips that were cut. */
  cut(): readonly Heard[] {
    this.pump()
    this.#playing = false
    const items = this.#leg.playout?.flush() ?? []
    if (this.#clips.size === 0) return items
    const words: Heard[] = []
    for (const heard of items) {
      if (this.#clips.has(heard.item)) this.#clipDone(heard)
      else words.push(heard)
    }
    return words
  }

  quietMs(): Ms | null {
    return this.#leg.quietMs()
  }

  judge(): { echo: number; speechMs: Ms | null; quietMs: Ms } {
    return { ...(this.#leg.judge() ?? { echo: 0, speechMs: null }), quietMs: this.quietMs() ?? 0 }
  }

  #clipDone(heard: Heard): void {
    this.#clips.delete(heard.item)
    this.#emit({ type: 'clipDone', leg: this.#leg.id, prompt: heard.item, heardMs: heard.ms, totalMs: heard.totalMs })
  }
}
