/** Keeps the book of claims by what the caches tell, and tells whose claims stand otherwise. */
import { isDeepStrictEqual } from 'node:util'
import { type Clock, type Ms, systemClock } from '#kube/clock.ts'
import type { Change } from '#kube/reflector/cache.ts'
import type { ObservedAgent } from '#operator/agents/observed.ts'
import { ClaimBook, type Settled } from '#operator/trunks/claim-book.ts'
import type { ObservedTrunk } from '#operator/trunks/observed-trunk.ts'
import type { ObservedNamespace } from './caches.ts'

/** What comes in so short a time is decided together. */
const TOGETHER_MS: Ms = 20
/** Of all time at most one part in so many goes into deciding: claims that contend by the thousand must not stop everything else. */
const SHARE = 5

export class ClaimsKeeper {
  readonly book = new ClaimBook()
  readonly #clock: Clock
  readonly #changed: (settled: Settled) => void
  #cancel: (() => void) | null = null
  #tookMs: Ms = 0
  #closed = false

  constructor(changed: (settled: Settled) => void, clock: Clock = systemClock) {
    this.#changed = changed
    this.#clock = clock
  }

  agent(change: Change<ObservedAgent>): void {
    const { value: agent, key } = change.entry
    if (change.is === 'resynced') return
    const inbound = inboundOf(agent)
    if (change.is === 'deleted' || inbound === null) this.book.removeAgent(key)
    else if (change.is === 'added' || !isDeepStrictEqual(inbound, inboundOf(change.before.value))) {
      const { namespace, name, uid, createdAt } = agent
      this.book.putAgent({ namespace, name, uid, createdAt, inbound })
    }
    this.#later()
  }

  trunk(change: Change<ObservedTrunk>): void {
    const { value, key } = change.entry
    if (change.is === 'resynced') return
    if (change.is !== 'deleted' && !value.understood) this.book.doubtTrunk(key)
    else if (change.is === 'deleted') this.book.removeTrunk(key)
    else if (value.trunk === null) this.book.refuseTrunk(key)
    else if (change.is === 'added' || !isDeepStrictEqual(value.trunk, change.before.value.trunk))
      this.book.putTrunk(value.trunk)
    this.#later()
  }

  namespace(change: Change<ObservedNamespace>): void {
    const { value, key } = change.entry
    if (change.is === 'resynced') return
    if (change.is === 'deleted') this.book.putNamespace(key, null)
    else if (change.is === 'added' || !isDeepStrictEqual(value.labels, change.before.value.labels))
      this.book.putNamespace(key, value.labels)
    this.#later()
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #later(): void {
    if (this.#cancel !== null || this.#closed || !this.book.open) return
    this.#cancel = this.#clock.after(Math.max(TOGETHER_MS, this.#tookMs * SHARE), () => {
      this.#cancel = null
      const began = this.#clock.now()
      const settled = this.book.settle()
      this.#tookMs = this.#clock.now() - began
      this.#changed(settled)
    })
  }
}

/** Null: it claims nothing, for it takes no new call any more. */
function inboundOf({ inbound, deleting }: ObservedAgent) {
  return deleting ? null : inbound
}
