import type { LookupFunction } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { rememberingLookup } from './last-known-address.ts'

type Callback = Parameters<LookupFunction>[2]

/** Name servers that answer when the test says so. */
function servers() {
  const asked: { readonly hostname: string; readonly callback: Callback }[] = []
  const system: LookupFunction = (hostname, _, callback) => void asked.push({ hostname, callback })
  const lookup = rememberingLookup(system, 500)
  const said: string[] = []
  return {
    asked,
    said,
    look: (hostname = 'api.example') =>
      lookup(hostname, { all: true }, (error, address) => said.push(error?.message ?? JSON.stringify(address))),
    answer: (address: string) => asked.at(-1)?.callback(null, [{ address, family: 4 }]),
    fail: () => asked.at(-1)?.callback(new Error('EAI_AGAIN'), ''),
  }
}

const one = (address: string): string => JSON.stringify([{ address, family: 4 }])

describe('the last known address', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is what the name servers say, while they say something', () => {
    const at = servers()
    at.look()
    at.answer('10.0.0.1')
    at.look()
    at.answer('10.0.0.2')
    expect(at.said).toEqual([one('10.0.0.1'), one('10.0.0.2')])
  })

  it('is used when they are silent, and what they say at last is used the next time', () => {
    const at = servers()
    at.look()
    at.answer('10.0.0.1')
    at.look()
    vi.advanceTimersByTime(500)
    expect(at.said).toEqual([one('10.0.0.1'), one('10.0.0.1')])
    at.answer('10.0.0.2')
    at.look()
    vi.advanceTimersByTime(500)
    expect(at.said).toEqual([one('10.0.0.1'), one('10.0.0.1'), one('10.0.0.2')])
  })

  it('is used when they fail', () => {
    const at = servers()
    at.look()
    at.answer('10.0.0.1')
    at.look()
    at.fail()
    expect(at.said).toEqual([one('10.0.0.1'), one('10.0.0.1')])
  })

  it('is nobody else’s, and a name that was never known is waited for', () => {
    const at = servers()
    at.look()
    at.answer('10.0.0.1')
    at.look('other.example')
    vi.advanceTimersByTime(60_000)
    at.fail()
    expect(at.said).toEqual([one('10.0.0.1'), 'EAI_AGAIN'])
  })

  it('is asked for once at a time, however many calls come', () => {
    const at = servers()
    for (let i = 0; i < 5; i++) at.look()
    expect(at.asked).toHaveLength(1)
    at.answer('10.0.0.1')
    expect(at.said).toEqual(Array.from({ length: 5 }, () => one('10.0.0.1')))
  })
})
