/**
 * A work queue of keys, as a core, with the rules of client-go's workqueue: a key waits at most once, is never worked on twice at once, and
 * one that is added while it is worked on comes again afterwards. On top: turns go round between groups (namespaces), and what is urgent
 * goes before what is not.
 */
import { type BackoffOptions, backoff } from '../backoff.ts'
import type { Ms, Random } from '../clock.ts'
import { DelayHeap } from './delay-heap.ts'
import { Rounds } from './rounds.ts'

export interface KeyedQueueOptions {
  /** Keys worked on at once. */
  readonly concurrency: number
  /** Keys of one group worked on at once, so that one namespace cannot take all. Default: no limit. */
  readonly perGroup?: number
  /** Default: what is before the first slash. */
  readonly groupOf?: (key: string) => string
  readonly backoff: BackoffOptions
}

/**
 * `urgent`: what exists already, and somebody may be talking to, has changed. `new`: nothing is there of it yet; thousands of those that come at once
 * must not hold up what is half made. `background` is for resyncs and first lists: it goes when nothing else waits.
 */
const URGENCIES = ['urgent', 'normal', 'new', 'background'] as const
export type Urgency = (typeof URGENCIES)[number]

export interface QueueStats {
  readonly ready: number
  readonly delayed: number
  readonly running: number
  readonly failing: number
}

interface Item {
  readonly key: string
  readonly group: string
  /** Wanted: waits in its round, or, while it runs, for its end. */
  wanted: Urgency | null
  running: boolean
  delayedUntil: Ms | null
  failures: number
  wantedAt: Ms
}

export class KeyedQueue {
  readonly #o: KeyedQueueOptions
  readonly #items = new Map<string, Item>()
  readonly #rounds: Readonly<Record<Urgency, Rounds<Item>>> = {
    urgent: new Rounds(),
    normal: new Rounds(),
    new: new Rounds(),
    background: new Rounds(),
  }
  readonly #delays = new DelayHeap()
  readonly #running = new Map<string, number>()
  #runningCount = 0
  #failing = 0
  #delayed = 0

  constructor(options: KeyedQueueOptions) {
    this.#o = options
  }

  get stats(): QueueStats {
    return {
      ready: URGENCIES.reduce((sum, urgency) => sum + this.#rounds[urgency].size, 0),
      delayed: this.#delayed,
      running: this.#runningCount,
      failing: this.#failing,
    }
  }

  /** Failures in a row of a key. */
  failures(key: string): number {
    return this.#items.get(key)?.failures ?? 0
  }

  isRunning(key: string): boolean {
    return this.#items.get(key)?.running === true
  }

  add(key: string, now: Ms, urgency: Urgency = 'normal'): void {
    const item = this.#item(key)
    if (item.wanted !== null && URGENCIES.indexOf(item.wanted) <= URGENCIES.indexOf(urgency)) return
    if (item.wanted === null) item.wantedAt = now
    else this.#rounds[item.wanted].remove(item.group, item)
    item.wanted = urgency
    if (!item.running) this.#enqueue(item)
  }

  /** Adds a key at a time to come; of several such times the earliest counts. */
  addAt(key: string, at: Ms, now: Ms): void {
    if (at <= now) {
      this.add(key, now)
      return
    }
    const item = this.#item(key)
    if (item.delayedUntil !== null && item.delayedUntil <= at) return
    if (item.delayedUntil === null) this.#delayed += 1
    item.delayedUntil = at
    this.#delays.push(at, key)
  }

  /** The next key to work on and how long it waited; null when none may go. */
  take(now: Ms): { readonly key: string; readonly waitedMs: Ms } | null {
    this.#due(now)
    if (this.#runningCount >= this.#o.concurrency) return null
    const open = (group: string): boolean => (this.#running.get(group) ?? 0) < (this.#o.perGroup ?? Infinity)
    let item: Item | null = null
    for (const urgency of URGENCIES) item ??= this.#rounds[urgency].take(open)
    if (item === null) return null
    item.wanted = null
    item.running = true
    this.#runningCount += 1
    this.#running.set(item.group, (this.#running.get(item.group) ?? 0) + 1)
    return { key: item.key, waitedMs: now - item.wantedAt }
  }

  /**
   * Work on a key has ended. Failure brings it again after its back-off, success forgets its failures; `againAt` brings it again anyhow.
   * @returns when it comes again by itself, or null
   */
  done(key: string, ok: boolean, now: Ms, random: Random, againAt: Ms | null = null): Ms | null {
    const item = this.#items.get(key)
    if (item?.running !== true) return null
    item.running = false
    this.#runningCount -= 1
    const left = (this.#running.get(item.group) ?? 1) - 1
    if (left === 0) this.#running.delete(item.group)
    else this.#running.set(item.group, left)
    if (!ok && item.failures === 0) this.#failing += 1
    if (ok && item.failures > 0) this.#failing -= 1
    item.failures = ok ? 0 : item.failures + 1
    const at = ok ? againAt : now + backoff(this.#o.backoff, item.failures, random)
    if (at !== null) this.addAt(key, at, now)
    if (item.wanted !== null && !this.#queued(item)) this.#enqueue(item)
    this.#prune(item)
    return at
  }

  /** When {@link take} should be asked again though nothing was added or done; null when there is no such time. */
  get wakeAt(): Ms | null {
    for (;;) {
      const next = this.#delays.peek()
      if (next === null) return null
      if (this.#items.get(next.key)?.delayedUntil === next.at) return next.at
      this.#delays.pop()
    }
  }

  #due(now: Ms): void {
    for (let at = this.wakeAt; at !== null && at <= now; at = this.wakeAt) {
      const item = this.#items.get(this.#delays.pop()?.key ?? '')
      if (item === undefined) continue
      item.delayedUntil = null
      this.#delayed -= 1
      this.add(item.key, at)
    }
  }

  #item(key: string): Item {
    let item = this.#items.get(key)
    if (item === undefined) {
      const group = this.#o.groupOf?.(key) ?? key.slice(0, Math.max(0, key.indexOf('/')))
      item = { key, group, wanted: null, running: false, delayedUntil: null, failures: 0, wantedAt: 0 }
      this.#items.set(key, item)
    }
    return item
  }

  #enqueue(item: Item): void {
    this.#rounds[item.wanted ?? 'normal'].add(item.group, item)
  }

  #queued(item: Item): boolean {
    return item.wanted !== null && this.#rounds[item.wanted].has(item.group, item)
  }

  /** A key of which nothing is left to know takes no memory. */
  #prune(item: Item): void {
    if (item.wanted === null && !item.running && item.delayedUntil === null && item.failures === 0)
      this.#items.delete(item.key)
  }
}
