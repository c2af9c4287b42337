/** Calls that go on all the time: when some are about to end, others begin. Who is lost is known as soon as one answer fails to come. */
import { setTimeout as sleep } from 'node:timers/promises'
import { long } from '../conversation.ts'
import type { FollowedWorkers } from '../followed-workers.ts'
import type { Pod } from '../kube.ts'
import { dial, type PhoneCall } from '../phones.ts'
import type { Place } from '../place.ts'

export interface Call {
  readonly from: string
  readonly beganAt: number
  /** When it should be over. */
  readonly untilAt: number
  /** Null: it is being set up. */
  answeredAt: number | null
  endedAt: number | null
  /** Where it is, once the edge has sent it there. */
  pod: Pod | undefined
  /** One of those that were asked for besides: when they end, they may end together. */
  readonly besides: boolean
  /** It was on what failed: it may be lost. */
  harmed: boolean
  /** Why it was not carried to its end. */
  lost: string | null
}

const LOOK_MS = 250
/** Lengths of conversations, in turn: so that calls do not end together. */
const LENGTHS_S = [50, 60, 75, 65] as const
/** Of a call: setting up, the greeting and the goodbye. */
const ROUNDING_MS = 20_000
/** One that has less to go is as good as over: it counts while it is up, and another is begun. */
const FRESH_MS = 25_000
const ANSWER_MS = 60_000
const TOGETHER = 3

export class Traffic {
  readonly calls: Call[] = []
  /** Whether new ones begin. */
  #held = false
  #wanted = 0
  readonly #place: Place
  readonly #workers: FollowedWorkers
  readonly #phones = new Map<Call, { readonly phone: PhoneCall; read: number }>()
  readonly #stopped = new AbortController()
  readonly #loop: Promise<void>
  /** Told so often how many are up that nothing has happened to; not while no new ones begin. */
  readonly #sampled = new Set<(up: number) => void>()

  constructor(place: Place, workers: FollowedWorkers) {
    this.#place = place
    this.#workers = workers
    this.#loop = this.#run()
  }

  get up(): readonly Call[] {
    return this.calls.filter(isUp)
  }

  /** Those that are up, but for those where something happened: a phone takes a while to know. */
  get well(): readonly Call[] {
    return this.up.filter(({ harmed }) => !harmed)
  }

  /** The well ones on these pods. */
  on(pods: readonly Pod[]): readonly Call[] {
    const uids = new Set(pods.map(pod => pod.metadata.uid))
    return this.well.filter(({ pod }) => pod !== undefined && uids.has(pod.metadata.uid))
  }

  /** From now on so many are up, each with a while to go; resolves when they are. */
  async keep(count: number): Promise<void> {
    this.#wanted = count
    this.#held = false
    await this.#comes(() => this.well.length >= count, `${count} calls are up`)
  }

  /** Resolves when there are calls on each of these. */
  async reaches(pods: readonly Pod[]): Promise<void> {
    await this.#comes(() => pods.every(pod => this.on([pod]).length > 0), 'calls are on every pod')
  }

  /** Calls of this length besides; resolves when they are up. */
  async long(count: number, seconds: number): Promise<readonly Call[]> {
    const calls = Array.from({ length: count }, () => this.#dial(seconds, true))
    await this.#comes(() => calls.every(call => call.answeredAt !== null), 'long calls are answered')
    return calls
  }

  /** No new ones until the next {@link keep}; those that are up go on. */
  hold(): void {
    this.#held = true
  }

  /** Calls that are on these pods now, or on their way there, may be lost. Others do not begin for them: those that are left are enough. */
  harm(pods: readonly Pod[]): void {
    const uids = new Set(pods.map(pod => pod.metadata.uid))
    for (const call of this.calls) {
      if (call.endedAt !== null) continue
      const pod = call.pod ?? this.#workers.podOf(call.from)
      if (call.harmed || pod === undefined || !uids.has(pod.metadata.uid)) continue
      call.harmed = true
      if (!call.besides) this.#wanted--
    }
  }

  /** Resolves when it is known of all that may be lost whether they are. */
  async settled(): Promise<void> {
    await this.#comes(
      () => this.calls.every(call => !call.harmed || call.endedAt !== null),
      'the fate of calls is known',
    )
  }

  /** @returns what ends it */
  sample(told: (up: number) => void): () => void {
    this.#sampled.add(told)
    return () => void this.#sampled.delete(told)
  }

  /** Resolves when the last one is over. */
  async over(): Promise<void> {
    this.hold()
    await this.#comes(() => this.calls.every(call => call.endedAt !== null), 'all calls are over', 600_000)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
    for (const { phone } of this.#phones.values()) phone.stop()
  }

  async #run(): Promise<void> {
    for (; !this.#stopped.signal.aborted; await sleep(LOOK_MS)) {
      for (const call of this.#phones.keys()) this.#look(call)
      if (this.#held) continue
      for (const told of this.#sampled) told(this.well.length)
      const now = performance.now()
      const fresh = this.calls.filter(
        call => call.endedAt === null && !call.harmed && !call.besides && call.untilAt - now > FRESH_MS,
      ).length
      for (let more = Math.min(TOGETHER, this.#wanted - fresh); more > 0; more--)
        this.#dial(LENGTHS_S[this.calls.length % LENGTHS_S.length] ?? LENGTHS_S[0])
    }
  }

  #dial(seconds: number, besides = false): Call {
    const phone = dial(this.#place, long(seconds), false)
    const beganAt = performance.now()
    const call: Call = {
      from: phone.from,
      beganAt,
      untilAt: beganAt + seconds * 1000 + ROUNDING_MS,
      answeredAt: null,
      endedAt: null,
      pod: undefined,
      besides,
      harmed: false,
      lost: null,
    }
    this.calls.push(call)
    this.#phones.set(call, { phone, read: 0 })
    void phone.done.then(({ carried, detail }) => this.#end(call, carried ? null : detail))
    return call
  }

  #look(call: Call): void {
    const kept = this.#phones.get(call)
    if (kept === undefined || call.endedAt !== null) return
    const text = kept.phone.output()
    const said = text.slice(kept.read)
    // A line that is cut is read again.
    kept.read = text.lastIndexOf('\n') + 1
    if (call.answeredAt === null && said.includes('"type":"answered"')) call.answeredAt = performance.now()
    if (call.answeredAt !== null) call.pod ??= this.#workers.podOf(call.from)
    const [failed] = /^.*"type":"expected","ok":false.*$/m.exec(said) ?? []
    if (failed !== undefined) this.#end(call, failed)
    else if (call.answeredAt === null && performance.now() - call.beganAt > ANSWER_MS) this.#end(call, 'no answer')
  }

  #end(call: Call, lost: string | null): void {
    if (call.endedAt !== null) return
    call.endedAt = performance.now()
    call.lost = lost
    this.#phones.get(call)?.phone.stop()
    this.#phones.delete(call)
  }

  async #comes(what: () => boolean, title: string, ms = 90_000): Promise<void> {
    for (const until = performance.now() + ms; performance.now() < until; await sleep(LOOK_MS)) if (what()) return
    const last = this.calls.findLast(call => call.lost !== null)
    throw new Error(
      `not true in ${ms / 1000} s: ${title}; ${this.up.length} are up, last lost: ${last?.lost ?? 'none'}`,
    )
  }
}

function isUp(call: Call): boolean {
  return call.answeredAt !== null && call.endedAt === null
}
