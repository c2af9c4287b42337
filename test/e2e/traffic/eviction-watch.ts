/** Asks every second whether pods with calls may be evicted, of every one of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FollowedWorkers } from '../followed-workers.ts'
import type { Pod } from '../kube.ts'
import type { Evictions } from './evictions.ts'
import type { Traffic } from './traffic.ts'

const PERIOD_MS = 1000

export class EvictionWatch {
  /** Answers that count. */
  asked = 0
  /** Refused, for the whole namespace goes. */
  forbidden = 0
  /** Not asked, for the pod is being deleted: it has nothing left to protect, its own grace is what its calls have. */
  going = 0
  /** Those that were not 429. */
  readonly allowed: string[] = []
  readonly #stopped = new AbortController()
  readonly #loop: Promise<void>

  constructor(evictions: Evictions, workers: FollowedWorkers, traffic: Traffic) {
    this.#loop = this.#run(evictions, workers, traffic)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
  }

  async #run(evictions: Evictions, workers: FollowedWorkers, traffic: Traffic): Promise<void> {
    for (; !this.#stopped.signal.aborted; await sleep(PERIOD_MS)) {
      const pods = new Map<string, Pod>()
      for (const { pod } of traffic.well) if (pod !== undefined) pods.set(pod.metadata.uid, pod)
      await Promise.all([...pods.values()].map(pod => this.#ask(pod, evictions, workers, traffic)))
    }
  }

  async #ask(pod: Pod, evictions: Evictions, workers: FollowedWorkers, traffic: Traffic): Promise<void> {
    if (workers.isTerminating(pod.metadata.uid)) {
      this.going++
      return
    }
    const before = traffic.on([pod])
    const status = await evictions.ask(pod)
    // An API server that is not there proves nothing, nor a pod that is gone, nor one whose calls ended while we asked.
    if (status === null || status === 404 || before.every(({ endedAt }) => endedAt !== null)) return
    if (status === 'namespaceGoes') {
      this.forbidden++
      return
    }
    // What we know of pods is up to a second old.
    if (status !== 429 && (await evictions.isTerminating(pod)) !== false) return
    this.asked++
    if (status !== 429) this.allowed.push(`${status} for ${pod.metadata.name}`)
  }
}
