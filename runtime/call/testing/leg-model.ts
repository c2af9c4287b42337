/** A model of the caller's leg and its playout, written from the ports' words alone. Time is given; nothing is shared with the machine. */

import type { Heard } from '../../media/playout-port.ts'
import type { CallEvent } from '../events.ts'

export interface Queued {
  readonly item: string
  readonly clip: boolean
  total: number
  played: number
  complete: boolean
  audible: boolean
}

export class LegModel {
  state: 'idle' | 'ringing' | 'answering' | 'answered' | 'over' = 'idle'
  /** Hang-up or reject was commanded: nothing may be commanded after. */
  commandedEnd = false
  paused = false
  queue: Queued[] = []
  /** Final counts of every item that ever played: the judge's truth. */
  readonly played = new Map<string, { ms: number; total: number; complete: boolean }>()
  #playing = false
  readonly #emit: (e: CallEvent) => void

  constructor(emit: (e: CallEvent) => void) {
    this.#emit = emit
  }

  append(item: string, ms: number, clip = false): void {
    let q = this.queue.find(x => x.item === item)
    if (q === undefined) {
      q = { item, clip, total: 0, played: 0, complete: clip, audible: false }
      this.queue.push(q)
    }
    q.total += ms
    this.#note(q)
  }

  complete(item: string): void {
    const q = this.queue.find(x => x.item === item)
    if (q === undefined) return
    q.complete = true
    this.#note(q)
  }

  #note(q: Queued): void {
    this.played.set(q.item, { ms: q.played, total: q.total, complete: q.complete })
  }

  get waiting(): number {
    return this.queue.reduce((sum, q) => sum + q.total - q.played, 0)
  }

  /** The longest time in which nothing happens that has to be told. */
  untilNext(): number {
    const q = this.#head()
    if (q === undefined || this.paused || this.state !== 'answered') return Infinity
    // What becomes audible is told within a frame.
    return q.audible && this.#playing ? q.total - q.played : Math.min(20, q.total - q.played)
  }

  #head(): Queued | undefined {
    return this.queue.find(q => q.total > q.played)
  }

  /** Plays `ms`, at most `untilNext()`. */
  play(ms: number): void {
    const q = this.#head()
    if (this.state !== 'answered' || this.paused || q === undefined || ms <= 0) return
    const again = !this.#playing && q.audible
    this.#playing = true
    q.played += ms
    this.#note(q)
    if (!q.audible || again) {
      q.audible = true
      this.#emit({ type: 'audible', leg: 'leg-1', item: q.item })
    }
  }

  /** What the worker finds when it looks at the playout, once a frame: told then, unless a flush comes first. */
  look(): void {
    const done = this.queue.filter(q => q.complete && q.played >= q.total)
    this.queue = this.queue.filter(q => !done.includes(q))
    const words: Heard[] = []
    for (const q of done) {
      if (q.clip) this.#clipDone(q)
      else words.push(heardOf(q))
    }
    if (this.waiting === 0 && this.#playing) {
      this.#playing = false
      for (const q of this.queue) if (q.total > 0) words.push(heardOf(q))
    }
    if (words.length > 0) this.#emit({ type: 'played', leg: 'leg-1', items: words })
  }

  #clipDone(q: Queued): void {
    this.#emit({ type: 'clipDone', leg: 'leg-1', prompt: q.item, heardMs: q.played, totalMs: q.total })
  }

  flush(): Heard[] {
    const items = this.queue.filter(q => q.total > 0)
    this.queue = []
    this.#playing = false
    for (const q of items) if (q.clip) this.#clipDone(q)
    return items.filter(q => !q.clip).map(heardOf)
  }
}

function heardOf(q: Queued): Heard {
  return { item: q.item, ms: Math.floor(q.played), totalMs: Math.floor(q.total), complete: q.complete }
}
