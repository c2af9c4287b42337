import { BLOCK_BYTES, BlockQueue, BlockStore } from './block-store.ts'
import { type AudioFormat, bytesOf, type Ms, msOf } from './format.ts'
import type { Heard, Playout, PlayoutState } from './playout-port.ts'
import type { Relay } from './relay.ts'

export interface PlayoutOptions {
  readonly format: AudioFormat
  /** Audio that may wait, all items together. A session sends far faster than real time. Default 120 s. */
  readonly maxMs?: Ms
  /** Items that may be known at once, held back and waiting ones included. Default 256. */
  readonly maxItems?: number
  /** Hot: so many bytes of an item were handed out by the tick that is on. */
  readonly onPlay?: (item: string, bytes: number) => void
}

/** What happened since the last look: the first sample of an item left, or all of a complete item did. */
export type PlayoutNotice =
  | { readonly type: 'audible'; readonly item: string }
  | { readonly type: 'played'; readonly heard: Heard }

interface Item {
  readonly id: string
  readonly queue: BlockQueue
  /** Bytes, all since the item is known: what the session sent, and what left for the caller. */
  received: number
  played: number
  /** What had been heard of it before it was appended again. */
  readonly before: number
  audible: boolean
  /** Bytes that may play; Infinity when nothing is held back. */
  releasedTo: number
  complete: boolean
}

const NOTHING: readonly never[] = []
/** Fully heard items are remembered, so that one that is appended again goes on from its count and never looks unheard. */
const REMEMBERED = 64
/** Notices that wait for a leg that does not look; the oldest go first. */
const MAX_NOTICES = 1024

/** The {@link Playout} of an RTP leg: what `tick` hands out is what goes to the socket, so its counts are the truth. */
export class FramePlayout implements Playout {
  readonly #format: AudioFormat
  readonly #silence: number
  readonly #maxBytes: number
  readonly #maxItems: number
  readonly #store: BlockStore
  readonly #onPlay: PlayoutOptions['onPlay']
  readonly #items: Item[] = []
  readonly #finished = new Map<string, number>()
  #notices: PlayoutNotice[] = []
  #generation = 0
  #paused = false
  #queued = 0
  #filler: Uint8Array | null = null
  #fillerAt = 0
  #live: Relay | null = null

  constructor(options: PlayoutOptions) {
    this.#format = options.format
    this.#silence = options.format.encoding === 'pcmu' ? 0xff : options.format.encoding === 'pcma' ? 0xd5 : 0
    this.#maxBytes = bytesOf(options.format, options.maxMs ?? 120_000)
    this.#maxItems = options.maxItems ?? 256
    this.#store = new BlockStore(this.#maxBytes)
    this.#onPlay = options.onPlay
  }

  get generation(): number {
    return this.#generation
  }

  get queuedMs(): Ms {
    return msOf(this.#format, this.#queued)
  }

  get paused(): boolean {
    return this.#paused
  }

  append(generation: number, item: string, audio: Uint8Array): boolean {
    if (generation < this.#generation || audio.length === 0) return true
    if (this.#queued + audio.length > this.#maxBytes) return false
    const known = this.#find(item)
    const needed = known ? known.queue.blocksFor(audio.length) : Math.ceil(audio.length / BLOCK_BYTES)
    if (needed > this.#store.available) return false
    const entry = known ?? this.#add(item)
    if (!entry) return false
    entry.queue.push(audio)
    entry.received += audio.length
    entry.complete = false
    this.#queued += audio.length
    return true
  }

  complete(item: string): void {
    const entry = this.#find(item)
    if (!entry || entry.complete) return
    entry.complete = true
    this.#settle(entry)
  }

  release(item: string, untilMs: Ms): void {
    const entry = this.#find(item) ?? this.#add(item)
    if (entry) entry.releasedTo = untilMs === Infinity ? Infinity : bytesOf(this.#format, untilMs)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
  }

  /** Loops under everything that is not agent audio (a waiting tone); never counted, silent while paused. Null: silence. */
  setFiller(audio: Uint8Array | null): void {
    this.#filler = audio && audio.length > 0 ? audio : null
    this.#fillerAt = 0
  }

  /** Another leg's audio, heard where nothing of the agent is; null: none. Never counted. */
  setLive(live: Relay | null): void {
    this.#live = live
  }

  /** Fills all of `out`, whatever its length. */
  tick(_now: Ms, out: Uint8Array): number {
    let at = 0
    if (!this.#paused && this.#queued > 0) at = this.#play(out)
    if (this.#live !== null && at < out.length) {
      this.#live.fill(out, at)
      return at
    }
    const filler = this.#paused ? null : this.#filler
    for (let i = at; i < out.length; i++) {
      out[i] = filler ? filler[this.#fillerAt++ % filler.length]! : this.#silence
    }
    return at
  }

  /**
   * Also ends a pause: what is appended next must be heard. An item that was fully heard is reported once: here, or before by a drained
   * 'played' notice.
   */
  flush(): readonly Heard[] {
    this.#generation++
    this.#paused = false
    this.#queued = 0
    if (this.#items.length === 0 && this.#notices.length === 0) return NOTHING
    const heard: Heard[] = []
    for (const notice of this.#notices) if (notice.type === 'played') heard.push(notice.heard)
    for (const item of this.#items) {
      item.queue.clear()
      if (item.received > item.before) heard.push(this.#heard(item))
    }
    this.#items.length = 0
    this.#notices = this.#notices.filter(n => n.type === 'audible')
    return heard
  }

  /** Notices since the last call, oldest first; the same empty list when there are none. */
  drainNotices(): readonly PlayoutNotice[] {
    if (this.#notices.length === 0) return NOTHING
    const notices = this.#notices
    this.#notices = []
    return notices
  }

  snapshot(): PlayoutState {
    return { paused: this.#paused, queuedMs: this.queuedMs, items: this.#items.map(item => this.#heard(item)) }
  }

  /** Plays what may play, over items' borders within the frame; returns bytes written. */
  #play(out: Uint8Array): number {
    let at = 0
    for (let i = 0; i < this.#items.length && at < out.length; ) {
      const item = this.#items[i]!
      const n = item.queue.shift(out, at, Math.min(out.length - at, item.releasedTo - item.played))
      if (n > 0) {
        if (!item.audible) this.#notify({ type: 'audible', item: item.id })
        item.audible = true
        item.played += n
        at += n
        this.#queued -= n
        this.#onPlay?.(item.id, n)
      }
      // Held back: what comes after must not overtake. Merely starved: a later item may speak rather than nobody.
      if (item.queue.length > 0) break
      if (!this.#settle(item)) i++
    }
    return at
  }

  /** Takes an item off the list when it is complete and heard; true when it did. */
  #settle(item: Item): boolean {
    if (!item.complete || item.queue.length > 0) return false
    this.#items.splice(this.#items.indexOf(item), 1)
    if (item.received === item.before) return true
    this.#remember(item)
    this.#notify({ type: 'played', heard: this.#heard(item) })
    return true
  }

  #notify(notice: PlayoutNotice): void {
    if (this.#notices.length >= MAX_NOTICES) this.#notices.shift()
    this.#notices.push(notice)
  }

  #remember(item: Item): void {
    this.#finished.delete(item.id)
    this.#finished.set(item.id, item.played)
    if (this.#finished.size > REMEMBERED) this.#finished.delete(this.#finished.keys().next().value ?? '')
  }

  #find(id: string): Item | undefined {
    const last = this.#items.at(-1)
    return last?.id === id ? last : this.#items.find(item => item.id === id)
  }

  #add(id: string): Item | undefined {
    if (this.#items.length >= this.#maxItems) return undefined
    const before = this.#finished.get(id) ?? 0
    const item: Item = {
      id,
      queue: new BlockQueue(this.#store),
      received: before,
      played: before,
      before,
      audible: false,
      releasedTo: Infinity,
      complete: false,
    }
    this.#items.push(item)
    return item
  }

  #heard(item: Item): Heard {
    return {
      item: item.id,
      ms: Math.floor(msOf(this.#format, item.played)),
      totalMs: Math.floor(msOf(this.#format, item.received)),
      complete: item.complete,
    }
  }
}
