/**
 * The {@link Playout} of a leg whose other side plays from a buffer of its own and says how far it has come: what was sent counts as heard
 * only when a mark behind it has come back. Marks are numbered upwards, and one confirms all before it.
 */
import { type AudioFormat, bytesOf, type Ms, msOf } from './format.ts'
import { FramePlayout, type PlayoutNotice } from './playout.ts'
import type { Heard, Playout, PlayoutState } from './playout-port.ts'

/** A stretch of one item that was sent and is not confirmed. */
interface Piece {
  readonly item: string
  bytes: number
  /** The mark behind it; null: there is none yet. */
  mark: number | null
}

const NOTHING: readonly never[] = []

export class MarkedPlayout implements Playout {
  readonly #format: AudioFormat
  readonly #frames: FramePlayout
  /** Oldest first. */
  readonly #pieces: Piece[] = []
  /** Bytes of each item in flight. */
  readonly #unheard = new Map<string, number>()
  /** Items that were sent whole and are not yet heard whole. */
  #sentWhole: Heard[] = []
  #notices: PlayoutNotice[] = []
  /** Bytes of each item that nobody will ever confirm. */
  readonly #lost = new Map<string, number>()
  #inFlight = 0
  #lastMark = 0

  readonly #onFlush: (unconfirmed: boolean) => void

  /** @param onFlush before what is in flight is given up, so that the other side can be told to drop it */
  constructor(format: AudioFormat, onFlush: (unconfirmed: boolean) => void = () => undefined) {
    this.#format = format
    this.#onFlush = onFlush
    this.#frames = new FramePlayout({ format, onPlay: (item, bytes) => this.#sent(item, bytes) })
  }

  get generation(): number {
    return this.#frames.generation
  }

  /** Not yet heard: what waits here, and what is in flight. */
  get queuedMs(): Ms {
    return this.#frames.queuedMs + this.inFlightMs
  }

  /** What waits here. */
  get waitingMs(): Ms {
    return this.#frames.queuedMs
  }

  /** Sent, and not known to be heard. */
  get inFlightMs(): Ms {
    return msOf(this.#format, this.#inFlight)
  }

  append(generation: number, item: string, audio: Uint8Array): boolean {
    return this.#frames.append(generation, item, audio)
  }

  complete(item: string): void {
    this.#frames.complete(item)
  }

  release(item: string, untilMs: Ms): void {
    this.#frames.release(item, untilMs)
  }

  /** Nothing more is sent; what is in flight is still heard. */
  pause(): void {
    this.#frames.pause()
  }

  resume(): void {
    this.#frames.resume()
  }

  /** Takes what is to be sent now; bytes of agent audio at the beginning of `out`. */
  tick(now: Ms, out: Uint8Array): number {
    return this.#frames.tick(now, out)
  }

  /** A mark is sent behind all that was taken so far. @returns its number */
  mark(): number {
    this.#lastMark += 1
    for (let i = this.#pieces.length - 1; i >= 0 && this.#pieces[i]!.mark === null; i--)
      this.#pieces[i]!.mark = this.#lastMark
    return this.#lastMark
  }

  /** A mark has come back. Those of audio that was dropped confirm nothing. False: it confirmed nothing. */
  confirm(mark: number): boolean {
    let first = this.#pieces[0]
    if (first === undefined || first.mark === null || first.mark > mark) return false
    for (; first !== undefined && first.mark !== null && first.mark <= mark; first = this.#pieces[0]) {
      this.#pieces.shift()
      this.#inFlight -= first.bytes
      const left = (this.#unheard.get(first.item) ?? 0) - first.bytes
      if (left > 0) this.#unheard.set(first.item, left)
      else this.#unheard.delete(first.item)
    }
    this.#settle()
    return true
  }

  /** Whether anything is in flight. */
  get unconfirmed(): boolean {
    return this.#pieces.length > 0
  }

  /** The other side is gone: what is in flight is never confirmed, and counts as not heard. What waits here stays. */
  lose(): void {
    for (const [item, bytes] of this.#unheard) this.#lost.set(item, (this.#lost.get(item) ?? 0) + bytes)
    this.#unheard.clear()
    this.#pieces.length = 0
    this.#inFlight = 0
    this.#gather()
  }

  /** What is in flight is given up: it does not count as heard, though a little of it may be. */
  flush(): readonly Heard[] {
    this.#onFlush(this.unconfirmed)
    this.#gather()
    const whole = this.#notices.flatMap(notice => (notice.type === 'played' ? [notice.heard] : []))
    const rest = this.#frames.flush()
    if (whole.length === 0 && rest.length === 0 && this.#sentWhole.length === 0) return NOTHING
    const heard = [...whole, ...[...this.#sentWhole, ...rest].map(one => this.#reallyHeard(one))]
    this.#sentWhole = []
    this.#notices = this.#notices.filter(notice => notice.type === 'audible')
    this.#pieces.length = 0
    this.#unheard.clear()
    this.#lost.clear()
    this.#inFlight = 0
    return heard
  }

  /** Notices since the last call, oldest first. An item is audible when it is sent, and played when it is heard. */
  drainNotices(): readonly PlayoutNotice[] {
    this.#gather()
    if (this.#notices.length === 0) return NOTHING
    const notices = this.#notices
    this.#notices = []
    return notices
  }

  snapshot(): PlayoutState {
    const { paused, items } = this.#frames.snapshot()
    return { paused, queuedMs: this.queuedMs, items: items.map(item => this.#reallyHeard(item)) }
  }

  #sent(item: string, bytes: number): void {
    const last = this.#pieces.at(-1)
    if (last?.item === item && last.mark === null) last.bytes += bytes
    else this.#pieces.push({ item, bytes, mark: null })
    this.#unheard.set(item, (this.#unheard.get(item) ?? 0) + bytes)
    this.#inFlight += bytes
  }

  #gather(): void {
    for (const notice of this.#frames.drainNotices()) {
      if (notice.type === 'played') this.#sentWhole.push(notice.heard)
      else this.#notices.push(notice)
    }
    this.#settle()
  }

  #settle(): void {
    if (this.#sentWhole.length === 0) return
    this.#sentWhole = this.#sentWhole.filter(heard => {
      if (this.#unheard.has(heard.item)) return true
      this.#notices.push({ type: 'played', heard: this.#reallyHeard(heard) })
      this.#lost.delete(heard.item)
      return false
    })
  }

  /** Down, never up: the vendor refuses a truncation beyond what was sent, and a caller what was not heard. */
  #reallyHeard(heard: Heard): Heard {
    const unheard = (this.#unheard.get(heard.item) ?? 0) + (this.#lost.get(heard.item) ?? 0)
    if (unheard === 0) return heard
    return { ...heard, ms: Math.max(0, heard.ms - Math.ceil(msOf(this.#format, unheard))) }
  }
}

/** Bytes of so many milliseconds, in whole frames of 20 ms. */
export function wholeFrames(format: AudioFormat, ms: Ms): number {
  return bytesOf(format, 20) * Math.max(0, Math.floor(ms / 20))
}
