/**
 * One pod, one operator, and everything that can happen to the line between them: lines late, twice, lost, of another connection or another
 * pod; connections cut, half open, refused; processes killed and started again. What is said to be known is judged by what the pod really did.
 */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LOAD_HEARTBEAT_MS, LOAD_UNKNOWN_MS, type LoadLine } from '#runtime/contract/load-line.ts'
import { callsOf } from './load.ts'
import { loadOf, newStream, type StreamEffect, type StreamEvent, type StreamState } from './stream-state.ts'
import { FIRST_LINE_MS, MAX_ENDED, step } from './stream-step.ts'

const POD = { uid: 'uid-1', name: 'a-1-x' }
const TICK = 50

interface Sent {
  readonly connection: number
  readonly at: number
  readonly line: LoadLine
  readonly dueAt: number
}

function must(so: boolean, otherwise: string): void {
  if (!so) throw new Error(otherwise)
}

class World {
  now = 1000
  readonly stream: StreamState = newStream(this.now)
  /** What the pod really is. */
  boot = 1
  calls = 0
  drain: string | null = null
  #seq = 0
  #beatAt = 0
  /** Connections that the process knows. */
  #served = new Set<number>()
  /** Connections of which nothing arrives any more. */
  readonly #dead = new Set<number>()
  #flight: Sent[] = []
  #ends: { connection: number; dueAt: number }[] = []
  readonly #delivered: Sent[] = []
  readonly emitted = new Map<string, number>()
  asks = 0
  told = 0
  delay = 0
  reach: 'pod' | 'refused' | 'stranger' | 'nobody' | 'blackHole' = 'pod'
  #lastKnown = 0
  #random = 1

  /** Park and Miller's: the same run again for the same moves. */
  random = (): number => {
    this.#random = (this.#random * 48_271) % 2_147_483_647
    return this.#random / 2_147_483_647
  }

  send(event: StreamEvent): void {
    const out: StreamEffect[] = []
    const before = loadOf(this.stream, this.now)
    step(this.stream, event, POD, this.now, this.random, out)
    for (const effect of out) {
      if (effect.do === 'ask') this.#asked(effect.connection)
      else if (effect.do === 'hangUp') this.#dead.add(effect.connection)
      else this.told += 1
    }
    const after = loadOf(this.stream, this.now)
    // whoever acts on loads hears of every change that matters
    const counts = (load: typeof after): unknown =>
      load.state === 'known' ? [load.line.slots, load.line.drain?.id] : 0
    if (before.state !== after.state || JSON.stringify(counts(before)) !== JSON.stringify(counts(after)))
      must(
        out.some(effect => effect.do === 'tell'),
        'a change that nobody is told of',
      )
    this.judge()
  }

  judge(): void {
    const load = loadOf(this.stream, this.now)
    if (load.state === 'unknown') {
      must(load.lastSeenAt === null || load.lastSeenAt >= this.#lastKnown, 'it was last seen before it was known')
      return
    }
    const { line, at } = load
    const emittedAt = this.emitted.get(`${line.boot}/${line.seq}`)
    // it is this pod's own word, of a moment that the line's delay allows, and never an older one after a newer
    must(line.uid === POD.uid, 'the word of another pod')
    must(emittedAt !== undefined && emittedAt >= this.#lastKnown, 'a line that was never sent, or an older one')
    must(this.now - at < LOAD_UNKNOWN_MS, 'known for too long')
    this.#lastKnown = emittedAt ?? 0
    // an acknowledged drain with nothing left is true now, not only when it was said: no call comes after it
    if (line.drain?.id === 'd1' && callsOf(line) === 0) must(this.drain === 'd1' && this.calls === 0, 'not drained')
  }

  #asked(connection: number): void {
    this.asks += 1
    if (this.reach === 'blackHole') return
    if (this.reach !== 'pod') {
      if (this.reach === 'stranger')
        this.#flight.push(this.#sent(connection, { ...this.#line(), uid: 'uid-2', boot: 'x' }))
      else this.send({ is: 'ended', connection, why: this.reach === 'refused' ? 'refused' : 'unreachable' })
      return
    }
    this.#served.add(connection)
    this.#emit()
  }

  #line(): LoadLine {
    const revisions = { 'a-1': { calls: this.calls, figures: {} } }
    return {
      v: 1,
      pod: POD.name,
      uid: POD.uid,
      boot: `b${this.boot}`,
      seq: this.#seq,
      slots: { total: 50, reserved: 0, busy: this.calls },
      outbox: 0,
      drain: this.drain === null ? null : { id: this.drain, deadline: 0, longestMs: 0 },
      revisions,
    }
  }

  #sent(connection: number, line: LoadLine): Sent {
    return { connection, at: this.now, line, dueAt: this.now + this.delay }
  }

  #emit(): void {
    this.#beatAt = this.now + LOAD_HEARTBEAT_MS
    if (this.#served.size === 0) return
    this.#seq += 1
    const line = this.#line()
    this.emitted.set(`${line.boot}/${line.seq}`, this.now)
    for (const connection of this.#served) this.#flight.push(this.#sent(connection, line))
  }

  #deliver(sent: Sent): void {
    if (this.#dead.has(sent.connection)) return
    this.#delivered.push(sent)
    this.send({ is: 'line', connection: sent.connection, line: sent.line })
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += TICK
      if (this.now >= this.#beatAt) this.#emit()
      const due = this.#flight.filter(sent => sent.dueAt <= this.now)
      this.#flight = this.#flight.filter(sent => sent.dueAt > this.now)
      for (const sent of due) this.#deliver(sent)
      const ends = this.#ends.filter(({ dueAt }) => dueAt <= this.now)
      this.#ends = this.#ends.filter(({ dueAt }) => dueAt > this.now)
      for (const { connection } of ends)
        if (!this.#dead.has(connection)) this.send({ is: 'ended', connection, why: 'unreachable' })
      if (this.now >= this.stream.wakeAt) this.send({ is: 'wake' })
      this.judge()
    }
  }

  // what can happen

  call(): void {
    if (this.drain !== null) return
    this.calls += 1
    this.#emit()
  }

  hangUp(): void {
    if (this.calls === 0) return
    this.calls -= 1
    this.#emit()
  }

  startDrain(): void {
    this.drain = 'd1'
    this.#emit()
  }

  /** The process dies; whoever was connected learns of it, or does not. It comes back with its drain. */
  restart(noticed: boolean): void {
    if (noticed) this.cut()
    this.#served = new Set()
    this.boot += 1
    this.calls = 0
    this.#seq = 0
  }

  cut(): void {
    for (const connection of this.#served) this.#ends.push({ connection, dueAt: this.now + this.delay })
    this.#served = new Set()
  }

  halfOpen(): void {
    for (const connection of this.#served) this.#dead.add(connection)
  }

  lose(): void {
    this.#flight = []
  }

  /** Something that came before comes once more, over its own connection or the one there is now. */
  repeat(n: number, here: boolean): void {
    const recent = this.#delivered.filter(({ line }) => Number(line.boot.slice(1)) >= this.boot - MAX_ENDED)
    const sent = recent[n % Math.max(1, recent.length)]
    if (!sent) return
    this.send({ is: 'line', connection: here ? this.stream.connection : sent.connection, line: sent.line })
  }

  garble(): void {
    this.send({ is: 'line', connection: this.stream.connection, line: null })
  }

  settle(): void {
    Object.assign(this, { reach: 'pod', delay: 0 })
    this.pass(45_000)
  }
}

const MOVES: Readonly<Record<string, (w: World, n: number) => void>> = {
  pass: (w, n) => w.pass(n % 9000),
  call: w => w.call(),
  hangUp: w => w.hangUp(),
  drain: w => w.startDrain(),
  restart: (w, n) => w.restart(n % 2 === 0),
  cut: w => w.cut(),
  halfOpen: w => w.halfOpen(),
  lose: w => w.lose(),
  repeat: (w, n) => w.repeat(n, n % 2 === 0),
  garble: w => w.garble(),
  delay: (w, n) => {
    w.delay = n % 4000
  },
  reach: (w, n) => {
    w.reach = (['pod', 'refused', 'stranger', 'nobody', 'blackHole'] as const)[n % 5] ?? 'pod'
  },
}
const move = fc.record({
  name: fc.oneof(
    { weight: 4, arbitrary: fc.constant('pass') },
    { weight: 8, arbitrary: fc.constantFrom(...Object.keys(MOVES)) },
  ),
  n: fc.nat({ max: 1_000_000 }),
})

it('says it knows only what is so, and comes to know it, whatever happens on the line', () => {
  let drained = 0
  let restarts = 0
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60, size: 'max' }), moves => {
      const w = new World()
      for (const { name, n } of moves) MOVES[name]?.(w, n)
      w.settle()
      const load = loadOf(w.stream, w.now)
      if (load.state === 'unknown') throw new Error(`still unknown: ${load.why}`)
      expect([load.line.boot, callsOf(load.line), load.line.drain?.id ?? null]).toEqual([
        `b${w.boot}`,
        w.calls,
        w.drain,
      ])
      if (load.line.drain && w.calls === 0) drained += 1
      restarts += load.restarts
    }),
    { numRuns: 5000 },
  )
  // the runs were about something
  expect(drained).toBeGreaterThan(100)
  expect(restarts).toBeGreaterThan(100)
})

it.each(['refused', 'stranger', 'nobody', 'blackHole'] as const)(
  '%s is asked a few times a minute, not in a loop',
  reach => {
    const w = new World()
    w.reach = reach
    w.pass(600_000)
    expect(w.asks).toBeGreaterThan(10)
    expect(w.asks).toBeLessThan(10 + 600_000 / 7500)
    expect(w.told).toBeLessThan(3)
  },
)

it('a worker that answers and hangs up at once, for ever, is asked less and less', () => {
  const w = new World()
  for (let at = 0; at < 600_000; at += TICK) {
    w.pass(TICK)
    w.cut()
  }
  expect(w.asks).toBeLessThan(10 + 600_000 / 7500)
})

it('a silent line is unknown after three heartbeats, before any timer says so', () => {
  const w = new World()
  w.pass(1000)
  expect(loadOf(w.stream, w.now).state).toBe('known')
  w.halfOpen()
  const at = w.stream.lineAt ?? 0
  expect(loadOf(w.stream, at + LOAD_UNKNOWN_MS - 1).state).toBe('known')
  expect(loadOf(w.stream, at + LOAD_UNKNOWN_MS)).toMatchObject({ state: 'unknown', why: 'silent', lastSeenAt: at })
  w.pass(LOAD_UNKNOWN_MS + FIRST_LINE_MS)
  expect(w.asks).toBeGreaterThan(1)
})

it('a heartbeat tells nobody', () => {
  const w = new World()
  w.pass(1000)
  const { told } = w
  w.pass(60_000)
  expect([w.told - told, w.asks]).toEqual([0, 1])
})
