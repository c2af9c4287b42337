import { beforeEach, describe, expect, it } from 'vitest'
import { Latch } from './latch.ts'
import { SilentLine } from './silent-line.ts'

describe('Latch', () => {
  let latch: Latch
  beforeEach(() => {
    latch = new Latch(address => address.startsWith('10.'))
    latch.name('10.0.0.1', 4000, 0)
  })

  it('admits nobody before the ACK', () => {
    expect(latch.admit('10.0.0.1', 4000, 10)).toBe(false)
    latch.acked(20)
    expect(latch.admit('10.0.0.1', 4000, 30)).toBe(true)
    expect(latch.refused).toBe(1)
  })
  it('follows the first address of the ranges within 2 s, and nobody after it', () => {
    latch.acked(0)
    expect(latch.admit('192.0.2.9', 4000, 100)).toBe(false)
    expect(latch.admit('10.0.0.7', 5000, 2000)).toBe(true)
    expect(latch.admit('10.0.0.8', 5000, 2000)).toBe(false)
    expect(latch.admit('10.0.0.7', 5000, 90_000)).toBe(true)
    expect(latch.target).toEqual({ address: '10.0.0.7', port: 5000 })
  })
  it('follows nobody to port 0, where nothing can be sent', () => {
    latch.acked(0)
    expect(latch.admit('10.0.0.7', 0, 100)).toBe(false)
    expect(latch.target).toEqual({ address: '10.0.0.1', port: 4000 })
  })
  it('follows nobody after 2 s', () => {
    latch.acked(0)
    expect(latch.admit('10.0.0.7', 5000, 2001)).toBe(false)
    expect(latch.target).toEqual({ address: '10.0.0.1', port: 4000 })
  })
  it('follows nobody once the named address was heard, and goes back to it', () => {
    latch.acked(0)
    expect(latch.admit('10.0.0.7', 5000, 10)).toBe(true)
    expect(latch.admit('10.0.0.1', 4000, 20)).toBe(true)
    expect(latch.admit('10.0.0.7', 5000, 30)).toBe(false)
    expect(latch.target).toEqual({ address: '10.0.0.1', port: 4000 })
  })
  it('follows another port of the named address outside the ranges', () => {
    latch.name('192.0.2.1', 4000, 0)
    latch.acked(0)
    expect(latch.admit('192.0.2.1', 4002, 10)).toBe(true)
  })
  it('begins anew with new SDP, but not with the same again', () => {
    latch.acked(0)
    latch.name('10.0.0.1', 4000, 60_000)
    expect(latch.admit('10.0.0.7', 5000, 60_010)).toBe(false)
    latch.name('10.0.0.2', 4000, 70_000)
    expect(latch.admit('10.0.0.7', 5000, 70_010)).toBe(true)
  })
})

describe('SilentLine', () => {
  it('tells when nothing comes, again at each doubling, and when it ends', () => {
    const line = new SilentLine(2000, 0)
    expect(line.check(1999, true)).toBeNull()
    expect(line.check(2000, true)).toBe(2000)
    expect(line.check(3999, true)).toBeNull()
    expect(line.check(4000, true)).toBe(4000)
    expect(line.check(8000, true)).toBe(8000)
    expect(line.packet(8100)).toBe(true)
    expect(line.packet(8120)).toBe(false)
    expect(line.check(10_119, true)).toBeNull()
    expect(line.check(10_120, true)).toBe(2000)
  })
  it('does not wait during hold', () => {
    const line = new SilentLine(2000, 0)
    expect(line.check(60_000, false)).toBeNull()
    expect(line.check(61_999, true)).toBeNull()
    expect(line.check(62_000, true)).toBe(2000)
  })
})
