/** Writes events (`events.k8s.io/v1`), one at a time, never in anyone's way: what cannot be written is dropped and counted. */
import type { Client } from '../client/client.ts'
import { type Clock, systemClock } from '../clock.ts'
import { kubeEventDropped } from '../errors.ts'
import { failureOf } from '../failure.ts'
import type { KubeObject } from '../object.ts'
import { keyOf, type Resource } from '../resource.ts'
import { DEFAULT_EVENT_POLICY, type EventEffect, type EventPolicy, newEventsState, type Occurrence } from './state.ts'
import { flush, occur, wake } from './step.ts'

export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}

export interface RecorderOptions {
  readonly client: Pick<Client, 'create' | 'replace'>
  /** `switchboard.dev/operator`. */
  readonly controller: string
  /** Name of the pod. */
  readonly instance: string
  readonly failed: (error: unknown) => void
  readonly policy?: Partial<EventPolicy>
  readonly clock?: Clock
  /** Epoch milliseconds, for the times in events. */
  readonly wall?: () => number
}

/** The API refuses longer notes, reasons and actions. */
const MAX_NOTE_BYTES = 1024
const MAX_WORD = 128
/** Of a name: 253, less a dot and the number. */
const MAX_NAME = 230
const MAX_WAITING = 1000

export class Recorder {
  readonly #o: RecorderOptions
  readonly #clock: Clock
  readonly #policy: EventPolicy
  readonly #state = newEventsState()
  readonly #objects = new Map<number, KubeObject>()
  readonly #waiting: EventEffect[] = []
  #writing: Promise<void> | null = null
  #cancel: (() => void) | null = null
  #closed = false
  #overflow = 0

  constructor(options: RecorderOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
    this.#policy = { ...DEFAULT_EVENT_POLICY, ...options.policy }
  }

  /** Occurrences that were not written, for lack of budget or room. */
  get dropped(): number {
    return this.#state.dropped + this.#overflow
  }

  record(occurrence: Occurrence): void {
    if (this.#closed) return
    const out: EventEffect[] = []
    occur(this.#state, occurrence, this.#clock.now(), this.#policy, out)
    this.#take(out)
  }

  /** Writes what is left and ends. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      const out: EventEffect[] = []
      flush(this.#state, this.#clock.now(), this.#policy, out)
      this.#take(out)
    }
    while (this.#writing !== null) await this.#writing
  }

  #take(effects: readonly EventEffect[]): void {
    for (const effect of effects) {
      if (effect.do !== 'forget' && this.#waiting.length >= MAX_WAITING) this.#overflow += 1
      else this.#waiting.push(effect)
    }
    this.#begin()
    this.#cancel?.()
    this.#cancel = null
    const { wakeAt } = this.#state
    if (wakeAt === null || this.#closed) return
    this.#cancel = this.#clock.after(Math.max(1, wakeAt - this.#clock.now()), () => {
      const out: EventEffect[] = []
      wake(this.#state, this.#clock.now(), this.#policy, out)
      this.#take(out)
    })
  }

  /** Not left to the end of `#writeAll`: with nothing to write it ends before it has begun, and nothing would be written ever after. */
  #begin(): void {
    if (this.#writing !== null || this.#waiting.length === 0) return
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = null
      this.#begin()
    })
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.do === 'forget') {
        this.#objects.delete(next.id)
        continue
      }
      try {
        await this.#write(next)
      } catch (error) {
        // A namespace that goes away takes no events: nothing to tell.
        if (failureOf(error)?.kind !== 'forbidden' && failureOf(error)?.kind !== 'notFound')
          this.#o.failed(
            kubeEventDropped(keyOf(next.occurrence.regarding), error instanceof Error ? error.message : String(error), {
              cause: error,
            }),
          )
      }
    }
  }

  async #write(effect: Extract<EventEffect, { do: 'create' | 'count' }>): Promise<void> {
    // MicroTime.
    const time = new Date((this.#o.wall ?? Date.now)()).toISOString().replace('Z', '000Z')
    const before = this.#objects.get(effect.id)
    if (effect.do === 'count' && before === undefined) return
    const object =
      effect.do === 'count' && before !== undefined
        ? await this.#o.client.replace(
            EVENTS,
            { ...before, series: { count: effect.count, lastObservedTime: time } },
            { priority: 'low' },
          )
        : await this.#o.client.create(EVENTS, this.#object(effect.occurrence, time), { priority: 'low' })
    delete object.metadata.managedFields
    this.#objects.set(effect.id, object)
  }

  #object(what: Occurrence, time: string): KubeObject {
    const { regarding, related } = what
    const suffix = crypto.randomUUID().replaceAll('-', '').slice(0, 16)
    return {
      metadata: {
        namespace: regarding.namespace ?? 'default',
        name: `${regarding.name.slice(0, MAX_NAME)}.${suffix}`,
      } as KubeObject['metadata'],
      eventTime: time,
      reportingController: this.#o.controller,
      reportingInstance: this.#o.instance.slice(0, MAX_WORD),
      action: what.action.slice(0, MAX_WORD),
      reason: what.reason.slice(0, MAX_WORD),
      regarding,
      ...(related === undefined ? {} : { related }),
      note: shortened(what.note),
      type: what.type,
    }
  }
}

function shortened(note: string): string {
  const bytes = Buffer.from(note)
  if (bytes.length <= MAX_NOTE_BYTES) return note
  // A character that was cut through becomes a replacement mark, which goes too.
  return `${bytes
    .subarray(0, MAX_NOTE_BYTES - 4)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`
}
