/**
 * Looks up the address of a provider, and remembers it: names may not be resolved for a minute when a node is lost with the DNS server on it, and a
 * caller is not kept waiting for that where the address of a moment ago is as good.
 */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Ms } from '#runtime/media/format.ts'

interface Answer {
  readonly address: string | LookupAddress[]
  readonly family?: number
}
type Heard = (error: NodeJS.ErrnoException | null, answer: Answer) => void

/** Longer than a server that is well takes; short beside the time in which a caller expects an answer. */
const PATIENCE_MS: Ms = 500
/** Names remembered. */
const MOST = 200
const NOTHING: Answer = { address: '' }

/** @param system asks the name servers; a name is asked for once at a time, for each asking holds a thread */
export function rememberingLookup(system: LookupFunction = systemLookup, patienceMs = PATIENCE_MS): LookupFunction {
  const known = new Map<string, Answer>()
  const asked = new Map<string, Set<Heard>>()

  const ask = (key: string, hostname: string, options: LookupOptions, heard: Heard): void => {
    const waiting = asked.get(key)
    if (waiting !== undefined) {
      waiting.add(heard)
      return
    }
    const all = new Set([heard])
    asked.set(key, all)
    system(hostname, options, (error, address, family) => {
      asked.delete(key)
      const answer = { address, ...(family !== undefined && { family }) }
      if (error === null) remember(known, key, answer)
      for (const one of all) one(error, answer)
    })
  }

  return (hostname, options, callback) => {
    const key = JSON.stringify([hostname, options.family ?? 0, options.hints ?? 0, options.all ?? false])
    const last = known.get(key)
    let told = false
    const tell: Heard = (error, { address, family }) => {
      if (told) return
      told = true
      clearTimeout(timer)
      callback(error, address, family)
    }
    const timer = last === undefined ? undefined : setTimeout(() => tell(null, last), patienceMs)
    ask(key, hostname, options, (error, answer) => {
      if (error !== null && last !== undefined) tell(null, last)
      else tell(error, error === null ? answer : NOTHING)
    })
  }
}

function remember(known: Map<string, Answer>, key: string, answer: Answer): void {
  known.delete(key)
  known.set(key, answer)
  for (const oldest of known.keys()) {
    if (known.size <= MOST) return
    known.delete(oldest)
  }
}
