import { describe, expect, it } from 'vitest'
import type { Clock } from '#kube/clock.ts'
import { EchoBox } from './echo-box.ts'
import { OwnWrites } from './own-writes.ts'

/** One timer at a time is all that the box needs. */
class HandClock implements Clock {
  due: (() => void) | null = null
  now(): number {
    return 0
  }
  after(_ms: number, call: () => void): () => void {
    this.due = call
    return () => {
      this.due = null
    }
  }
  ring(): void {
    const call = this.due
    this.due = null
    call?.()
  }
}

const at = (resourceVersion: string) => ({ uid: 'u', resourceVersion })

function given() {
  const clock = new HandClock()
  const own = new OwnWrites()
  const told: string[] = []
  const working = new Set<string>()
  const box = new EchoBox({ own, working: key => working.has(key), told: key => told.push(key), clock })
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) clock.ring()
  }
  return { clock, own, working, told, box, rounds }
}

describe('the box of echoes', () => {
  it('wakes nobody for our own writes, also when the watch is faster than the answer', () => {
    const { own, told, box, rounds } = given()
    own.wrote(at('1'), 0)
    box.heard('acme/a', at('1'))
    box.heard('acme/a', at('2'))
    rounds(1)
    own.wrote(at('2'), 0)
    rounds(5)
    expect(told).toEqual([])
  })

  it('says nothing while a turn is under way, whose writes may be answered late', () => {
    const { own, working, told, box, rounds } = given()
    working.add('acme/a')
    box.heard('acme/a', at('1'))
    rounds(9)
    box.heard('acme/a', at('2'))
    rounds(9)
    own.wrote(at('1'), 0)
    own.wrote(at('2'), 0)
    working.clear()
    rounds(5)
    expect(told).toEqual([])
    working.add('acme/a')
    box.heard('acme/a', at('3'))
    rounds(9)
    working.clear()
    rounds(3)
    expect(told).toEqual(['acme/a'])
  })

  it('tells once of what others wrote, though we wrote after them', () => {
    const { own, told, box, rounds } = given()
    own.wrote(at('3'), 0)
    for (const version of ['1', '2', '3']) box.heard('acme/a', at(version))
    box.heard('acme/b', { uid: 'v', resourceVersion: '3' })
    rounds(5)
    expect(told).toEqual(['acme/a', 'acme/b'])
  })

  it('has no timer when it is empty or closed', () => {
    const { clock, told, box, rounds } = given()
    box.heard('acme/a', at('1'))
    rounds(2)
    expect(clock.due).toBeNull()
    box.heard('acme/a', at('2'))
    box.close()
    box.close()
    box.heard('acme/a', at('3'))
    expect(clock.due).toBeNull()
    expect(told).toEqual(['acme/a'])
  })
})

describe('own writes', () => {
  it('are forgotten after a minute, and are about one state of one object', () => {
    const own = new OwnWrites()
    own.wrote(at('1'), 0)
    expect([own.has(at('1')), own.has(at('2')), own.has({ uid: 'v', resourceVersion: '1' })]).toEqual([
      true,
      false,
      false,
    ])
    own.wrote(at('2'), 59_000)
    expect(own.has(at('1'))).toBe(true)
    own.wrote(at('3'), 60_000)
    expect([own.has(at('1')), own.has(at('2'))]).toEqual([false, true])
  })
})
