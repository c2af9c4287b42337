/**
 * Finds, among tens of thousands of spans, the few that can contend with one or cover it. Two ranges of which neither lies in the other
 * overlap at an end of each; so a range is filed under what its first and last number begin with alike, and looked for under every
 * beginning of an end. What is found is a candidate: `contend` and `within` have the word.
 */
import type { Span } from '#crds/called-number.ts'

type Filed<T> = Map<string, Set<Entry<T>>>

interface Entry<T> {
  readonly span: Span
  readonly value: T
}

export class SpanIndex<T> {
  readonly #filed: Filed<T> = new Map()
  readonly #entries = new Map<T, Entry<T>>()
  /** How many ranges there are of each length: a beginning meets them at other ends in each. */
  readonly #lengths = new Map<number, number>()

  get size(): number {
    return this.#entries.size
  }

  /** Files a value, once. */
  add(span: Span, value: T): void {
    if (this.#entries.has(value)) return
    const entry = { span, value }
    this.#entries.set(value, entry)
    for (const place of placesOf(span)) {
      const there = this.#filed.get(place)
      if (there === undefined) this.#filed.set(place, new Set([entry]))
      else there.add(entry)
    }
    this.#count(span, 1)
  }

  delete(value: T): void {
    const entry = this.#entries.get(value)
    if (entry === undefined) return
    this.#entries.delete(value)
    for (const place of placesOf(entry.span)) {
      const there = this.#filed.get(place)
      there?.delete(entry)
      if (there?.size === 0) this.#filed.delete(place)
    }
    this.#count(entry.span, -1)
  }

  /** Every value whose span covers `span`, or contends with it, and some more; some of them twice. */
  *near(span: Span): Generator<Entry<T>> {
    const seen = new Set<string>()
    for (const place of this.#placesNear(span)) {
      if (seen.has(place)) continue
      seen.add(place)
      yield* this.#filed.get(place) ?? []
    }
  }

  *#placesNear(span: Span): Generator<string> {
    if (span.kind === 'user') {
      yield* placesOf(span)
      // a grant of numbers covers a user that is written like one of them
      yield* placesOfEnd(span.user, span.user.length)
      return
    }
    if (span.kind === 'range') {
      // a range reaches over beginnings on both sides of them, at its one length
      yield `^${alike(span.from, span.to)}`
      for (const end of new Set([span.from, span.to])) yield* placesOfEnd(end, end.length)
      return
    }
    const { prefix } = span
    for (let i = 0; i <= prefix.length; i++) yield `*${prefix.slice(0, i)}`
    for (const length of this.#lengths.keys()) {
      const rest = length - prefix.length
      if (rest < 0) continue
      for (const end of [prefix + '0'.repeat(rest), prefix + '9'.repeat(rest)]) yield* placesOfEnd(end, length)
    }
  }

  #count(span: Span, by: number): void {
    if (span.kind !== 'range') return
    const { length } = span.from
    const count = (this.#lengths.get(length) ?? 0) + by
    if (count === 0) this.#lengths.delete(length)
    else this.#lengths.set(length, count)
  }
}

function* placesOfEnd(end: string, length: number): Generator<string> {
  for (let i = 0; i <= end.length; i++) {
    yield `*${end.slice(0, i)}`
    yield `${length}:${end.slice(0, i)}`
  }
}

function* placesOf(span: Span): Generator<string> {
  if (span.kind === 'user') yield `@${span.user}`
  else if (span.kind === 'range') yield `${span.from.length}:${alike(span.from, span.to)}`
  else {
    const { prefix } = span
    yield `*${prefix}`
    for (let i = 0; i <= prefix.length; i++) yield `^${prefix.slice(0, i)}`
  }
}

/** What both begin with. */
function alike(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return a.slice(0, length)
}
