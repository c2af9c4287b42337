/** Whether a clip of the agent's was heard: looked for in the recording, now and then, in what is new of it. */
import type { Ms } from '#runtime/media/format.ts'
import { type ClipSearch, ThreadSearch } from './clip-search.ts'
import { type Recording, SAMPLES_PER_MS } from './recording.ts'
import { agentWords } from './speech-source.ts'

/** A clip that is expected is looked for this often. */
const LOOK_MS = 200
/** And is known by its first second: single words are alike in many clips. */
const HEARD_SAMPLES = 8000
/** What began before what was looked at last, and was not all there then, is looked at again; a line that stalls makes it longer. */
const MARGIN_SAMPLES = 1000 * SAMPLES_PER_MS

interface Watched {
  readonly what: string
  readonly since: Ms
  readonly clip: Int16Array
  readonly wanted: number
  readonly from: number
  /** Looked at up to here, when that was asked for, and with what result. */
  upTo: number
  askedAt: Ms
  heard: boolean
}

export class ClipWatch {
  readonly #search: ClipSearch
  #watched: Watched | null = null
  #looking = false
  #closed = false

  constructor(search: ClipSearch = new ThreadSearch()) {
    this.#search = search
  }

  /** @returns null: from `since` to `until` not all was looked at yet */
  hears(recording: Recording | null, what: string, since: Ms, now: Ms, until: Ms): boolean | null {
    if (recording === null || this.#closed) return false
    const watched = this.#watch(recording, what, since)
    if (watched.heard) return true
    if (watched.askedAt >= until && !this.#looking) return false
    if (!this.#looking && (now - watched.askedAt >= LOOK_MS || now >= until)) this.#look(recording, watched, now)
    return null
  }

  /** Nobody looks any more. Idempotent. */
  close(): void {
    this.#closed = true
    this.#search.close()
  }

  #watch(recording: Recording, what: string, since: Ms): Watched {
    if (this.#watched?.what === what && this.#watched.since === since) return this.#watched
    const clip = agentWords(what)
    const wanted = Math.min(clip.length * 0.8, HEARD_SAMPLES)
    const from = Math.max(0, recording.sampleAt(since))
    const nothing = { upTo: from, askedAt: Number.NEGATIVE_INFINITY, heard: false }
    return (this.#watched = { what, since, clip, wanted, from, ...nothing })
  }

  #look(recording: Recording, watched: Watched, now: Ms): void {
    const begin = Math.max(watched.from, Math.floor(watched.upTo - watched.wanted - MARGIN_SAMPLES))
    const samples = recording.side('agent').slice(begin)
    this.#looking = true
    this.#search.look({ recording: samples, clip: watched.clip, wanted: watched.wanted }, is => {
      this.#looking = false
      if (is === null) return this.close()
      watched.heard = is
      watched.upTo = begin + samples.length
      watched.askedAt = now
    })
  }
}
