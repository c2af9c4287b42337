import { describe, expect, it } from 'vitest'
import { lineOf, livingOf, type Made, parseMade, undoOf, wasUp } from './made.ts'

const BOOT: Made = { made: 'boot', id: 'a' }
const FOLDER: Made = { made: 'folder', path: '/var/lib/x' }
const LINK: Made = { made: 'link', name: 'sb0' }
const ETCD: Made = { made: 'process', name: 'etcd', pid: 12, start: 3400 }
const UP: Made = { made: 'up', at: '2026-11-27T08:00:00Z' }

describe('the list of what was made', () => {
  it('comes back as it was written', () => {
    const all = [BOOT, FOLDER, LINK, ETCD, UP]
    expect(parseMade(all.map(lineOf).join(''))).toEqual(all)
  })

  it('survives a last line that was cut off anywhere', () => {
    const text = [BOOT, LINK, ETCD].map(lineOf).join('')
    const whole = [BOOT, LINK].map(lineOf).join('').length
    for (let end = whole; end < text.length - 1; end++) {
      const made = parseMade(text.slice(0, end))
      expect(made.slice(0, 2)).toEqual([BOOT, LINK])
      expect(made.length).toBeLessThanOrEqual(3)
    }
    expect(parseMade(text.slice(0, -1))).toEqual([BOOT, LINK, ETCD])
  })

  it('does not pass over a broken line in the middle', () => {
    expect(() => parseMade('{"made":\n{"made":"link","name":"a"}\n')).toThrow(SyntaxError)
  })

  it('is undone from the newest on, each once', () => {
    expect(undoOf([BOOT, FOLDER, LINK, LINK, ETCD, UP], 'a')).toEqual([ETCD, LINK, FOLDER])
  })

  it('leaves of another boot only what is on disk', () => {
    expect(undoOf([BOOT, FOLDER, LINK, ETCD], 'b')).toEqual([FOLDER])
  })

  it('still knows what a test ended, and does not expect it to live', () => {
    const ended: Made = { made: 'ended', pid: 12, start: 3400 }
    const next: Made = { made: 'process', name: 'etcd', pid: 12, start: 9000 }
    expect(livingOf([BOOT, ETCD, ended, next])).toEqual([next])
    expect(undoOf([BOOT, ETCD, ended, next], 'a')).toEqual([next, ETCD])
  })

  it('puts a setting back to what it was at first', () => {
    const first: Made = { made: 'sysctl', key: 'kernel.panic', was: '1' }
    const later: Made = { made: 'sysctl', key: 'kernel.panic', was: '10' }
    expect(undoOf([BOOT, first, later], 'a')).toEqual([first])
  })

  it('knows a cluster that came up, and one of another boot', () => {
    expect(wasUp([BOOT, FOLDER, UP], 'a')).toBe(true)
    expect(wasUp([BOOT, FOLDER, UP], 'b')).toBe(false)
    expect(wasUp([BOOT, FOLDER], 'a')).toBe(false)
  })
})
