import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Etcd } from '../testing/etcd.ts'
import { Cache, type Change } from './cache.ts'
import { DEFAULT_REFLECTOR_POLICY, newReflectorState, type ReflectorEffect, type ReflectorEvent } from './state.ts'
import { step } from './step.ts'

const POLICY = { ...DEFAULT_REFLECTOR_POLICY, pageSize: 3, relistMs: 3_600_000 }
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

type Move =
  | { do: 'put' | 'remove'; name: string }
  | { do: 'compact' | 'deliver' | 'bookmark' | 'cut' | 'end' | 'refuse' | 'busy' | 'freeze' | 'late' | 'restore' }
  | { do: 'wait'; ms: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'remove' as const), name: fc.constantFrom(...NAMES) }),
  },
  { weight: 8, arbitrary: fc.constant({ do: 'deliver' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('compact', 'bookmark', 'cut', 'end', 'refuse', 'busy', 'freeze', 'late', 'restore'),
    }) as fc.Arbitrary<Move>,
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200_000 }) }) },
)

const RESTORED_TO_THE_SAME: Move[] = [
  { do: 'restore' },
  { do: 'put', name: 'a' },
  { do: 'deliver' },
  { do: 'restore' },
  { do: 'put', name: 'a' },
]

/** A reflector against an etcd, time and network in our hands. */
class World {
  readonly etcd = new Etcd()
  readonly state = newReflectorState(POLICY)
  readonly lives = new Map<string, string>()
  readonly wrong: string[] = []
  readonly cache = new Cache<number>({
    project: object => object['n'] as number,
    changed: change => this.#order(change),
  })
  now = 1000
  /**
   * A restored server has come again to the revision that we hold before it said anything: what it holds is another's history, and nothing can
   * tell but the list that is due by the clock.
   */
  #blind = false
  /** Restored, and nothing was heard of it yet. */
  #unheard = false
  #n = 0
  #pending: Extract<ReflectorEffect, { do: 'list' | 'watch' }> | null = null
  #open: { request: number; at: number; frozen: boolean } | null = null
  /** Answers of requests that were aborted, which come all the same. */
  #late: ReflectorEvent[] = []

  step(event: ReflectorEvent): void {
    const out: ReflectorEffect[] = []
    step(this.state, event, { policy: POLICY, now: this.now, random: () => 0.5 }, out)
    for (const effect of out) {
      if (effect.do === 'list' || effect.do === 'watch') this.#pending = effect
      if (effect.do === 'abort') {
        this.#late.push({ is: 'ended', request: effect.request })
        this.#late.push({ is: 'event', request: effect.request, resourceVersion: '1', bookmark: true })
        this.#open = null
        this.#pending = null
      }
      if (effect.do === 'sweep') this.cache.sweep(effect.listing)
      if (effect.do === 'resync') this.cache.resync()
    }
  }

  move(m: Move): void {
    switch (m.do) {
      case 'put':
        this.etcd.put('ns', m.name, { n: ++this.#n })
        this.#written()
        break
      case 'remove':
        this.etcd.remove('ns', m.name)
        this.#written()
        break
      case 'compact':
        this.etcd.compact()
        break
      case 'restore':
        this.etcd.restore(Math.max(1, this.etcd.revision - 40))
        this.#unheard = true
        if (this.#open) this.#open = { ...this.#open, frozen: true }
        break
      case 'deliver':
        this.#deliver()
        break
      case 'bookmark':
        if (this.#open && !this.#open.frozen) {
          while (this.#events()) this.#deliver()
          if (this.#open) {
            this.#unheard = false
            this.#open.at = this.etcd.revision
            this.step({
              is: 'event',
              request: this.#open.request,
              resourceVersion: String(this.etcd.revision),
              bookmark: true,
            })
          }
        }
        break
      case 'cut':
      case 'end':
      case 'refuse':
      case 'busy':
        this.#fail(m.do)
        break
      case 'freeze':
        if (this.#open) this.#open.frozen = true
        break
      case 'late':
        for (const event of this.#late.splice(0)) this.step(event)
        break
      case 'wait':
        this.#wait(m.ms)
        break
    }
  }

  /** Lets everything that is under way come to rest with a healthy server. */
  settle(): void {
    this.#rest()
    if (!this.#blind) return
    this.#wait(2 * POLICY.relistMs)
    this.#rest()
  }

  #written(): void {
    if (this.#unheard && this.etcd.revision >= Number(this.state.resourceVersion ?? 0)) this.#blind = true
  }

  #rest(): void {
    for (let i = 0; i < 400; i++) {
      this.#deliver()
      this.move({ do: 'bookmark' })
      if (this.#pending === null && !this.#events())
        this.#wait(this.state.phase === 'waiting' || this.#open?.frozen === true ? 60_000 : 1)
    }
  }

  #events(): boolean {
    return this.#open !== null && !this.#open.frozen && (this.etcd.since(this.#open.at)?.length ?? 1) > 0
  }

  #wait(ms: number): void {
    const until = this.now + ms
    for (let i = 0; i < 1000 && this.state.wakeAt !== null && this.state.wakeAt <= until; i++) {
      this.now = Math.max(this.now, this.state.wakeAt)
      this.step({ is: 'wake' })
    }
    this.now = Math.max(this.now, until)
  }

  #fail(how: 'cut' | 'end' | 'refuse' | 'busy'): void {
    const request = this.#open?.request ?? this.#pending?.request
    if (request === undefined) return
    this.#open = null
    this.#pending = null
    if (how === 'end') this.step({ is: 'ended', request })
    else if (how === 'busy') this.step({ is: 'failed', request, kind: 'busy', retryAfterMs: 5000 })
    else this.step({ is: 'failed', request, kind: how === 'cut' ? 'unreachable' : 'refused', retryAfterMs: null })
    if (how === 'end' && this.state.phase === 'listing')
      this.step({ is: 'failed', request, kind: 'unreachable', retryAfterMs: null })
  }

  #deliver(): void {
    const pending = this.#pending
    this.#pending = null
    if (pending?.do === 'list') {
      const page = this.etcd.page(pending.limit, pending.continue)
      if (page.expired) {
        this.step({ is: 'failed', request: pending.request, kind: 'expired', retryAfterMs: null })
        return
      }
      this.#unheard = false
      for (const object of page.items) this.cache.put(object, this.state.listing)
      this.step({
        is: 'page',
        request: pending.request,
        resourceVersion: String(page.revision),
        continue: page.continue,
      })
    } else if (pending?.do === 'watch') {
      const at = Number(pending.resourceVersion)
      this.step({ is: 'opened', request: pending.request })
      if (this.etcd.since(at) === null)
        this.step({ is: 'failed', request: pending.request, kind: 'expired', retryAfterMs: null })
      // A watch from the future hears nothing, until a bookmark tells of the past.
      else this.#open = { request: pending.request, at, frozen: false }
    } else if (this.#open && !this.#open.frozen) {
      const { request, at } = this.#open
      const events = this.etcd.since(at)
      if (events === null) {
        this.#open = null
        this.step({ is: 'failed', request, kind: 'expired', retryAfterMs: null })
      }
      const next = events?.[0]
      if (next === undefined || this.#open === null) return
      this.#unheard = false
      this.#open.at = next.revision
      const object = structuredClone(next.object)
      if (next.type === 'DELETED') this.cache.remove(object)
      else this.cache.put(object, this.state.listing)
      this.step({ is: 'event', request, resourceVersion: String(next.revision), bookmark: false })
    }
  }

  #order(change: Change<number>): void {
    const { key, uid } = change.entry
    const life = this.lives.get(key)
    if (change.is === 'added') {
      if (life !== undefined) this.wrong.push(`${key} added twice`)
      this.lives.set(key, uid)
    } else if (life !== uid) this.wrong.push(`${key} ${change.is} in another life`)
    if (change.is === 'deleted') this.lives.delete(key)
  }
}

it('comes to hold what the server holds, whatever happens on the way', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120, size: 'max' }), moves => {
      const world = new World()
      world.step({ is: 'start' })
      for (const m of moves) world.move(m)
      world.settle()
      const held = Object.fromEntries([...world.cache.entries()].map(e => [e.key, [e.uid, e.value]]))
      const there = Object.fromEntries([...world.etcd.objects].map(([key, o]) => [key, [o.metadata.uid, o['n']]]))
      expect(held).toEqual(there)
      expect(world.wrong).toEqual([])
      expect([...world.lives.keys()].sort()).toEqual([...world.etcd.objects.keys()].sort())
    }),
    {
      numRuns: 1000,
      // found at random: restored, and written to, before anybody looked
      examples: [[RESTORED_TO_THE_SAME]],
    },
  )
})

it('never asks in a tight loop: a server that only fails is asked a few times a minute', () => {
  for (const kind of ['expired', 'unreachable', 'refused', 'tooLarge'] as const) {
    const world = new World()
    let asked = 0
    world.step({ is: 'start' })
    const end = world.now + 600_000
    while (world.now < end && asked < 5000) {
      asked += 1
      world.step({ is: 'failed', request: world.state.request, kind, retryAfterMs: null })
      if (world.state.phase === 'waiting') {
        world.now = world.state.wakeAt ?? world.now + 1
        world.step({ is: 'wake' })
      }
    }
    expect([kind, asked < 40]).toEqual([kind, true])
  }
})
