import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

const why = (t: TestCall): unknown => t.call.ending?.why.code
const sayClip = { say: { clip: 'bye', interruptible: false }, then: { hangUp: true } } as const

describe('what bounds a call', () => {
  it('its length, counted from the answer', () => {
    const limits = { maxMs: 60_000, maxThen: sayClip, holdMs: 1, mediaLostMs: 1 }
    const t = new TestCall({ limits, silence: { afterMs: 0, prompts: [], then: sayClip } }).conversing()
    t.pass(58_999)
    expect(t.call.phase).toBe('live')
    t.pass(1)
    expect(why(t)).toBe('limit')
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'bye' })
  })

  it('hold, during which nothing is said and playback stands still', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').leg({ type: 'held', held: true })
    expect(t.does()).toEqual(['pause'])
    t.pass(59_999)
    expect(t.call.phase).toBe('live')
    t.pass(1)
    expect(t.does()).toEqual(['flush', 'resume', 'leg', 'closeSession'])
    expect(why(t)).toBe('hold')
  })

  it('hold ends', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').leg({ type: 'held', held: true }).pass(5000)
    t.leg({ type: 'held', held: false })
    expect(t.does()).toEqual(['resume'])
    t.pass(59_000)
    expect(why(t)).toBeUndefined()
  })

  it('keeps playback paused on hold whatever else ends a pause', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').leg({ type: 'held', held: true })
    t.leg({ type: 'digit', digit: '1', ms: 1 }).leg({ type: 'digit', digit: '#', ms: 1 })
    expect(t.does()).toEqual(expect.arrayContaining(['flush', 'resume', 'pause']))
    expect(t.call.legs['leg-1']?.paused).toBe(true)
  })

  it.each([
    ['one long report', [20_000], 0],
    ['a short report and no more packets', [5000], 15_000],
  ])('a line without packets: %s', (_, reports, wait) => {
    const t = new TestCall().conversing()
    for (const forMs of reports) t.leg({ type: 'silent', forMs })
    t.pass(wait)
    expect(why(t)).toBe('media_lost')
  })

  it.each([
    ['packets come again', (t: TestCall) => t.leg({ type: 'silent', forMs: 5000 }).leg({ type: 'resumed' })],
    ['it is on hold', (t: TestCall) => t.leg({ type: 'held', held: true }).leg({ type: 'silent', forMs: 30_000 })],
  ])('not a line that is silent when %s', (_, happens) => {
    const t = happens(new TestCall({ silence: { afterMs: 0, prompts: [], then: sayClip } }).conversing()).pass(30_000)
    expect(why(t)).toBeUndefined()
  })

  it('a drain: the call goes on until the deadline, then its declared end', () => {
    const t = new TestCall({ drainEnd: sayClip }).conversing()
    t.send({ type: 'drain', deadline: t.now + 5000 }).pass(4999)
    expect(t.call.phase).toBe('live')
    t.pass(1)
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'bye' })
    expect(why(t)).toBe('drain')
  })

  it('a drain that declares an end: that one, at the earliest deadline asked for', () => {
    const t = new TestCall({ drainEnd: sayClip }).conversing()
    const end = { say: { clip: 'elsewhere', interruptible: false }, then: { hangUp: true } } as const
    t.send({ type: 'drain', deadline: t.now + 5000, end })
      .send({ type: 'drain', deadline: t.now + 9000 })
      .pass(4999)
    expect(t.call.phase).toBe('live')
    t.pass(1)
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'elsewhere' })
  })

  it('a drain while ringing refuses', () => {
    const t = new TestCall().send({ type: 'offered', leg: 'leg-1' })
    t.send({ type: 'drain', deadline: t.now })
    expect(t.last).toContainEqual(
      expect.objectContaining({ command: expect.objectContaining({ do: 'reject', status: 503 }) }),
    )
  })

  it.each([
    ['ringing', (t: TestCall) => t.send({ type: 'offered', leg: 'leg-1' }), 'reject'],
    ['live', (t: TestCall) => t.conversing(), 'hangUp'],
  ])('an operator, while %s', (_, reach, command) => {
    const t = reach(new TestCall()).send({ type: 'hangUp', by: 'operator' })
    expect(t.legCommands()).toEqual([command])
    expect(t.call.ending?.why).toEqual({ code: 'hangup', by: 'operator' })
    t.pass(3000)
    expect(t.does()).toEqual(['free'])
  })
})

describe('quality', () => {
  it('becomes a figure', () => {
    const quality = { lossIn: 0, lossOut: null, jitterInMs: 1, jitterOutMs: null, roundTripMs: null, mos: 4.2 }
    expect(new TestCall().conversing().leg({ type: 'quality', quality }).figures('mos')).toEqual([4.2])
  })
})
