/** Follows the load of every pod that it is told of: one stream each, one timer for all. Start, restart and a fleet cut off at once are no storm. */
import { type Clock, type Ms, type Random, systemClock } from '#kube/clock.ts'
import { DelayHeap } from '#kube/queue/delay-heap.ts'
import type { Signer } from '../tokens/tokens.ts'
import type { FollowedPod } from './followed-pod.ts'
import type { Load } from './load.ts'
import { connectLoad } from './load-connection.ts'
import { loadOf, newStream, type StreamEffect, type StreamEvent, type StreamState } from './stream-state.ts'
import { step } from './stream-step.ts'
import { originOf } from './worker-url.ts'

export interface LoadFollowerOptions {
  readonly signer: Signer
  /** Of every worker's HTTP API. */
  readonly port: number
  /**
   * A load changed, or became known or unknown. `owner` as it was given to {@link LoadFollower.follow}; `standing`: not only the number of calls
   * is another one.
   */
  readonly onChange: (owner: string, uid: string, standing: boolean) => void
  /** Connections that wait for their first line, at a time; default 200. */
  readonly maxAsking?: number
  /** Its times go into {@link Load}: epoch milliseconds that never jump, unless a test says otherwise. */
  readonly clock?: Clock
  readonly random?: Random
}

interface Followed {
  pod: FollowedPod
  readonly owner: string
  readonly state: StreamState
  hangUp: () => void
  /** The earliest time at which the heap knows it. */
  queuedAt: Ms
}

/** Epoch milliseconds, but never set back: what a pod said last must not come to lie in the future. */
const epochClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, call) => systemClock.after(ms, call),
}

export class LoadFollower {
  readonly #o: LoadFollowerOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #maxAsking: number
  readonly #pods = new Map<string, Followed>()
  readonly #owned = new Map<string, Set<string>>()
  readonly #heap = new DelayHeap()
  /** Due, but too many are asked already. */
  readonly #held = new Set<string>()
  #asking = 0
  #timer: { readonly at: Ms; readonly cancel: () => void } | null = null
  #closed = false

  constructor(options: LoadFollowerOptions) {
    this.#o = options
    this.#clock = options.clock ?? epochClock
    this.#random = options.random ?? Math.random
    this.#maxAsking = options.maxAsking ?? 200
  }

  /** Pods that are followed, and streams that have said something. */
  get counts(): { readonly pods: number; readonly open: number; readonly asking: number } {
    let open = 0
    for (const { state } of this.#pods.values()) if (state.phase === 'open') open += 1
    return { pods: this.#pods.size, open, asking: this.#asking }
  }

  /** These are the pods of an owner from now on; what is known of the others of it is forgotten. */
  follow(owner: string, pods: readonly FollowedPod[]): void {
    if (this.#closed) return
    const wanted = new Set(pods.map(pod => pod.uid))
    for (const uid of this.#owned.get(owner) ?? []) if (!wanted.has(uid)) this.#forget(uid)
    if (wanted.size === 0) this.#owned.delete(owner)
    else this.#owned.set(owner, wanted)
    for (const pod of pods) this.#followOne(owner, pod)
    this.#releaseHeld()
    this.#arm()
  }

  /** Undefined: it is not followed. */
  of(uid: string): Load | undefined {
    const followed = this.#pods.get(uid)
    return followed && loadOf(followed.state, this.#clock.now())
  }

  /** Hangs up on all. Idempotent. */
  close(): void {
    this.#closed = true
    for (const uid of this.#pods.keys()) this.#forget(uid)
    this.#owned.clear()
    this.#timer?.cancel()
    this.#timer = null
  }

  #followOne(owner: string, pod: FollowedPod): void {
    const known = this.#pods.get(pod.uid)
    if (known) {
      const moved = known.pod.address !== pod.address
      known.pod = pod
      if (moved) this.#step(known, { is: 'ended', connection: known.state.connection, why: 'unreachable' })
      return
    }
    const state = newStream(this.#clock.now())
    const followed: Followed = { pod, owner, state, hangUp: () => undefined, queuedAt: Number.POSITIVE_INFINITY }
    this.#pods.set(pod.uid, followed)
    this.#queue(followed)
  }

  #forget(uid: string): void {
    const followed = this.#pods.get(uid)
    if (!followed) return
    if (followed.state.phase === 'asking') this.#asking -= 1
    followed.hangUp()
    this.#pods.delete(uid)
    this.#held.delete(uid)
  }

  #step(followed: Followed, event: StreamEvent): void {
    const { state, pod } = followed
    if (this.#pods.get(pod.uid) !== followed) return
    const out: StreamEffect[] = []
    const asked = state.phase === 'asking'
    step(state, event, pod, this.#clock.now(), this.#random, out)
    this.#asking += Number(state.phase === 'asking') - Number(asked)
    for (const effect of out) {
      if (effect.do === 'hangUp') followed.hangUp()
      else if (effect.do === 'ask') this.#ask(followed, effect.connection)
      else this.#o.onChange(followed.owner, pod.uid, effect.standing)
    }
    this.#queue(followed)
    if (asked && this.#held.size > 0) this.#releaseHeld()
    this.#arm()
  }

  #ask(followed: Followed, connection: number): void {
    const { pod } = followed
    followed.hangUp = connectLoad({
      origin: originOf(pod, this.#o.port),
      token: () => this.#o.signer.sign({ podUid: pod.uid, verb: 'load' }),
      onLine: line => this.#step(followed, { is: 'line', connection, line }),
      onEnd: why => this.#step(followed, { is: 'ended', connection, why }),
    })
  }

  /** One entry of the heap per pod is enough: when it comes up too early, it is put back. */
  #queue(followed: Followed): void {
    const { wakeAt } = followed.state
    if (wakeAt >= followed.queuedAt) return
    followed.queuedAt = wakeAt
    this.#heap.push(wakeAt, followed.pod.uid)
  }

  #wake(): void {
    this.#timer = null
    const now = this.#clock.now()
    for (let next = this.#heap.peek(); next !== null && next.at <= now; next = this.#heap.peek()) {
      this.#heap.pop()
      const followed = this.#pods.get(next.key)
      // an entry that is out of date: there is, or was, another one
      if (!followed || next.at !== followed.queuedAt) continue
      followed.queuedAt = Number.POSITIVE_INFINITY
      if (followed.state.wakeAt > now) this.#queue(followed)
      else this.#due(followed)
    }
    this.#arm()
  }

  #due(followed: Followed): void {
    if (followed.state.phase === 'waiting' && this.#asking >= this.#maxAsking) this.#held.add(followed.pod.uid)
    else this.#step(followed, { is: 'wake' })
  }

  #releaseHeld(): void {
    for (const uid of this.#held) {
      if (this.#asking >= this.#maxAsking) return
      this.#held.delete(uid)
      const followed = this.#pods.get(uid)
      if (followed) this.#step(followed, { is: 'wake' })
    }
  }

  #arm(): void {
    const at = this.#heap.peek()?.at
    if (this.#closed || at === undefined || (this.#timer !== null && this.#timer.at <= at)) return
    this.#timer?.cancel()
    this.#timer = { at, cancel: this.#clock.after(Math.max(1, at - this.#clock.now()), () => this.#wake()) }
  }
}
