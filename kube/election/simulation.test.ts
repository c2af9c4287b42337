import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  DEFAULT_ELECTION_POLICY,
  type ElectionEffect,
  type ElectionEvent,
  type LeaseRecord,
  newElectionState,
} from './state.ts'
import { step } from './step.ts'

/** A lease that outlasts belief by no more than clocks drift: no margin hides a mistake. */
const POLICY = { ...DEFAULT_ELECTION_POLICY, leaseMs: 11_200, believeMs: 10_000 }
const REQUEST_TIMEOUT_MS = 5000

interface Packet {
  at: number
  deliver: () => void
}

/** Candidates whose clocks start anywhere and run at other speeds, a network that delays and loses, and one Lease. */
class World {
  now = 0
  lease: LeaseRecord | null = null
  readonly overlaps: string[] = []
  readonly fences: number[] = []
  #version = 10
  #packets: Packet[] = []
  readonly members: Member[] = []
  delay = (): number => 5
  random = (): number => 0.5
  loses = (): boolean => false

  send(deliver: () => void, extra = 0): void {
    if (!this.loses()) this.#packets.push({ at: this.now + this.delay() + extra, deliver })
  }

  write(effect: Extract<ElectionEffect, { do: 'write' }>): LeaseRecord | null {
    if ((this.lease?.resourceVersion ?? null) !== effect.resourceVersion) return null
    this.lease = {
      holder: effect.holder,
      leaseMs: effect.leaseMs,
      transitions: effect.transitions,
      resourceVersion: String(++this.#version),
    }
    return this.lease
  }

  run(ms: number): void {
    const until = this.now + ms
    while (this.now < until) {
      this.now += 50
      for (const packet of this.#packets.filter(p => p.at <= this.now)) packet.deliver()
      this.#packets = this.#packets.filter(p => p.at > this.now)
      for (const member of this.members) member.tick()
      const leading = this.members.filter(m => m.believes)
      if (leading.length > 1) this.overlaps.push(`${leading.map(m => m.name).join(' and ')} at ${this.now}`)
    }
  }
}

class Member {
  readonly name: string
  readonly #world: World
  readonly #offset: number
  readonly #rate: number
  readonly state
  paused = false
  #timeout: { at: number; request: number } | null = null

  constructor(world: World, name: string, offset: number, rate: number) {
    this.name = name
    this.#world = world
    this.#offset = offset
    this.#rate = rate
    this.state = newElectionState(name, this.clock)
    world.members.push(this)
  }

  /** Monotonic, but from anywhere and at its own speed. */
  get clock(): number {
    return this.#offset + this.#world.now * this.#rate
  }

  /** As the shared cell tells it: also right while the process is paused. */
  get believes(): boolean {
    return this.clock < this.state.believeUntil
  }

  tick(): void {
    if (this.paused) return
    const late = this.#timeout
    if (late !== null && this.clock >= late.at) {
      this.#timeout = null
      this.step({ is: 'failed', request: late.request })
    }
    if (this.state.wakeAt !== null && this.clock >= this.state.wakeAt) this.step({ is: 'wake' })
  }

  step(event: ElectionEvent): void {
    const out: ElectionEffect[] = []
    step(this.state, event, { policy: POLICY, now: this.clock, random: this.#world.random }, out)
    for (const effect of out) {
      if (effect.do === 'leading') this.#world.fences.push(Number(effect.fence.resourceVersion))
      if (effect.do !== 'get' && effect.do !== 'write') continue
      const { request } = effect
      this.#timeout = { at: this.clock + REQUEST_TIMEOUT_MS, request }
      this.#world.send(() => {
        const lease = effect.do === 'get' ? this.#world.lease : this.#world.write(effect)
        this.#world.send(() => {
          if (effect.do === 'get') this.step({ is: 'seen', request, lease })
          else this.step(lease === null ? { is: 'failed', request } : { is: 'written', request, lease })
        })
      })
    }
  }
}

const trouble = fc.record({
  do: fc.constantFrom(
    'run' as const,
    'pause' as const,
    'resume' as const,
    'release' as const,
    'abandon' as const,
    'delete' as const,
  ),
  who: fc.integer({ min: 0, max: 2 }),
  ms: fc.integer({ min: 100, max: 20_000 }),
  delay: fc.constantFrom(5, 5, 300, 2000, 8000, 14_000),
  loss: fc.constantFrom(0, 0, 0.3, 1),
})

function play(
  rates: readonly number[],
  troubles: readonly (typeof trouble extends fc.Arbitrary<infer T> ? T : never)[],
  deletes: boolean,
): World {
  const world = new World()
  rates.forEach((rate, i) => new Member(world, `m${i}`, i * 1e6, rate))
  let dice = 1
  world.loses = () => false
  for (const t of troubles) {
    const member = world.members[t.who]
    dice = (dice * 16_807) % 2_147_483_647
    let n = dice
    const random = (): number => (n = (n * 16_807) % 2_147_483_647) / 2_147_483_647
    world.random = random
    world.delay = () => t.delay * random()
    world.loses = () => random() < t.loss
    // Mostly the leader is who it happens to.
    const leader = world.members.find(m => m.believes) ?? member
    if (t.do === 'pause' && leader) leader.paused = true
    if (t.do === 'resume') for (const m of world.members) m.paused = false
    if (t.do === 'release' || t.do === 'abandon') member?.step({ is: t.do })
    if (t.do === 'delete' && deletes) world.lease = null
    world.run(t.ms)
  }
  return world
}

it('never lets two believe at once, however slow, lossy or paused, with clocks that run up to 10 % apart', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.95, max: 1.05, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fc.array(trouble, { maxLength: 40, size: 'max' }),
      (rates, troubles) => {
        const world = play(rates, troubles, false)
        expect(world.overlaps).toEqual([])
        expect(world.fences).toEqual([...world.fences].sort((a, b) => a - b))
        expect(new Set(world.fences).size).toBe(world.fences.length)
      },
    ),
    { numRuns: 150 },
  )
})

it('keeps fences growing even when the Lease is deleted under them', () => {
  fc.assert(
    fc.property(fc.array(trouble, { maxLength: 40, size: 'max' }), troubles => {
      const { fences } = play([1, 1, 1], troubles, true)
      expect(new Set(fences).size).toBe(fences.length)
    }),
    { numRuns: 50 },
  )
})

it('has a leader soon, keeps it, and another soon after it let go', () => {
  const world = play([1, 1, 1], [], false)
  world.run(5000)
  const first = world.members.find(m => m.believes)
  expect(first).toBeDefined()
  world.run(120_000)
  expect(first?.believes).toBe(true)
  expect(world.lease?.transitions).toBe(0)
  first?.step({ is: 'release' })
  expect(first?.believes).toBe(false)
  world.run(5000)
  const second = world.members.find(m => m.believes)
  expect(second).toBeDefined()
  expect(second).not.toBe(first)
  if (second) second.paused = true
  world.run(POLICY.leaseMs + 10_000)
  expect(world.members.filter(m => m.believes).map(m => m.name)).toEqual(
    world.members.filter(m => m !== first && m !== second).map(m => m.name),
  )
  expect(world.lease?.transitions).toBe(2)
})
