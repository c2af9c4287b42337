import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

/** The agent is audible in a response that is still open. */
function speaking(over: ConstructorParameters<typeof TestCall>[0] = {}): TestCall {
  return new TestCall(over).conversing().turn().pass(300).says('r1', 'i1').pass(1000)
}

describe('the caller speaks while the agent is audible', () => {
  it('pauses at once, and takes back what was not heard when it goes on', () => {
    const t = speaking()
    t.session({ type: 'item', response: 'r1', item: 'i2' })
    t.speech(true)
    expect(t.does()).toEqual(['judge'])
    t.judged(0, 40)
    expect(t.does()).toEqual(['pause'])
    t.pass(119)
    expect(t.does()).not.toContain('flush')
    t.pass(1)
    expect(t.does()).toEqual(['judge'])
    t.judged(0, 160)
    expect(t.does()).toEqual(['session', 'discard', 'flush', 'resume'])
    expect(t.commands()).toEqual([{ do: 'cancel', response: 'r1' }])
    t.heard(['i1', 1120, 4000])
    expect(t.commands()).toEqual([
      { do: 'truncate', item: 'i1', heardMs: 1120 },
      { do: 'truncate', item: 'i2', heardMs: 0 },
    ])
    expect(t.figures('bargeInMs')).toEqual([0])
    expect(t.records('turn').filter(r => r.kind === 'turn' && r.role === 'agent' && r.interrupted)).toMatchObject([
      { item: 'i1', heardMs: 1120, sentMs: 4000 },
      { item: 'i2', heardMs: 0 },
    ])
  })

  it('goes on at the same sample when it was nothing', () => {
    const t = speaking().speech(true).judged(0, 30).pass(60).judged(0, 0).speech(false)
    expect(t.does()).toEqual(['resume'])
    expect(t.figures('falseBargeIn')).toEqual([1])
    expect(t.all.some(e => e.do === 'flush')).toBe(false)
  })

  it('does not believe a cough that its own detector heard end', () => {
    const t = speaking().speech(true).judged(0, 100)
    for (let i = 0; i < 10; i++) t.pass(40).judged(0, 0)
    expect(t.all.some(e => e.do === 'flush')).toBe(false)
    t.speech(false)
    expect(t.does()).toEqual(['resume'])
  })

  it('goes on as soon as its own ear hears quiet, however long the server takes to tell', () => {
    const t = speaking().speech(true).judged(0, 80, 0).pass(40).judged(0, 100, 80)
    expect(t.does()).not.toContain('resume')
    t.pass(120).judged(0, 100, 200)
    expect(t.does()).toEqual(['resume'])
    expect(t.figures('falseBargeIn')).toEqual([1])
    for (let i = 0; i < 30; i++) t.pass(40).judged(0, 100, 240 + i * 40)
    expect(t.all.some(e => e.do === 'flush')).toBe(false)
  })

  it('takes no sound for proof that has ended by then, as an echo does when playback pauses', () => {
    const t = speaking().speech(true).judged(0.4, 200, 0).pass(80).judged(0.4, 200, 80).pass(80).judged(0.4, 200, 160)
    expect(t.all.some(e => e.do === 'flush')).toBe(false)
    t.pass(40).judged(0.4, 240, 0)
    expect(t.does()).toContain('flush')
  })

  it('believes a server that hears speech for long, whatever its own detector says', () => {
    const t = speaking().speech(true).judged(0, 0)
    for (let i = 0; i < 20; i++) t.pass(40).judged(0, 0)
    expect(t.all.some(e => e.do === 'flush')).toBe(true)
  })

  it('cancels nothing when the response is long done: it only truncates', () => {
    const t = speaking().session({ type: 'itemDone', item: 'i1' }).done('r1')
    t.speech(true).judged(0).pass(120).judged(0)
    expect(t.commands()).toEqual([])
    t.heard(['i1', 1120, 4000, true])
    expect(t.commands()).toEqual([{ do: 'truncate', item: 'i1', heardMs: 1120 }])
  })

  const heardWhole: readonly [string, (t: TestCall) => TestCall][] = [
    ['complete in the answer', t => t.heard(['i1', 2000, 2000, true])],
    ['reported before, and not in the answer', t => t.heard()],
  ]
  it.each(heardWhole)('never truncates what was heard whole: %s', (_, answer) => {
    const t = speaking().session({ type: 'itemDone', item: 'i1' }).done('r1')
    t.speech(true).judged(0).pass(120).judged(0)
    expect(answer(t).commands()).toEqual([])
  })

  it('does not truncate an earlier item that was played', () => {
    const t = speaking().session({ type: 'itemDone', item: 'i1' }).played(['i1', 1000, 1000, true])
    t.session({ type: 'item', response: 'r1', item: 'i2' }).audible('i2')
    t.speech(true).judged(0).pass(120).judged(0).heard(['i2', 120, 900])
    expect(t.commands()).toEqual([{ do: 'truncate', item: 'i2', heardMs: 120 }])
  })

  it('does not pause for its own echo, and still finds the caller in it', () => {
    const t = speaking().speech(true).judged(0.9)
    expect(t.does()).toEqual([])
    t.pass(40)
    expect(t.does()).toEqual(['judge'])
    t.judged(0.8).pass(40).judged(0.1)
    expect(t.does()).toEqual(['pause'])
    t.pass(120).judged(0.1)
    expect(t.does()).toContain('flush')
    expect(t.figures('bargeInMs')).toEqual([80])
  })

  it('takes back a pause that turns out to be echo', () => {
    const t = speaking().speech(true).judged(0.2).pass(120).judged(0.9)
    expect(t.does()).toEqual(['resume'])
  })

  it('ignores what the server makes of an echo', () => {
    const t = speaking().session({ type: 'itemDone', item: 'i1' }).done('r1')
    t.speech(true).judged(0.9).pass(200).speech(false).pass(100).session({ type: 'responseStarted', response: 'r2' })
    expect(t.commands()).toEqual([{ do: 'cancel', response: 'r2' }])
    expect(t.does()).toContain('discard')
  })

  const quiet: readonly [string, () => TestCall][] = [
    ['barge-in is off', () => speaking({ bargeIn: { enabled: false, minSpeechMs: 120 } })],
    [
      'the prompt may not be interrupted',
      () => new TestCall({ greeting: { text: 'Recorded.', interruptible: false } }).live().says('r0', 'i0').pass(1000),
    ],
    [
      'the clip may not be interrupted',
      () => new TestCall({ greeting: { clip: 'c', interruptible: false } }).live().audible('greeting').pass(1000),
    ],
  ]
  it.each(quiet)('pauses nothing when %s', (_, make) => {
    const t = make().speech(true).judged(0)
    for (let i = 0; i < 30; i++) t.pass(40).judged(0)
    t.speech(false)
    expect(t.all.some(e => e.do === 'pause' || e.do === 'flush')).toBe(false)
  })

  it('cancels a create that is not acknowledged yet as soon as it has an id', () => {
    const t = new TestCall({ responses: 'switchboard' }).conversing().turn()
    expect(t.commands()).toEqual([{ do: 'turn', started: false }, { do: 'respond' }])
    t.pass(50).speech(true).judged(0).pass(120).judged(0)
    expect(t.commands()).toEqual([{ do: 'turn', started: true }])
    t.speech(false)
    expect(t.commands()).toEqual([{ do: 'turn', started: false }])
    t.session({ type: 'responseStarted', response: 'r1' })
    expect(t.commands()).toEqual([{ do: 'cancel', response: 'r1' }])
    t.done('r1', { status: 'cancelled', items: 0 })
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  it('truncates an item that a cancelled response announces late', () => {
    const t = speaking().speech(true).judged(0).pass(120).judged(0).heard(['i1', 1120, 4000])
    t.session({ type: 'item', response: 'r1', item: 'i2' })
    expect(t.commands()).toEqual([])
    t.done('r1', { status: 'cancelled' })
    expect(t.commands()).toEqual([{ do: 'truncate', item: 'i2', heardMs: 0 }])
  })

  it('cuts a clip without telling the session', () => {
    const t = new TestCall({ greeting: { clip: 'hello', interruptible: true } }).live().audible('greeting')
    t.speech(true).judged(0).pass(120).judged(0)
    expect(t.does()).toContain('flush')
    t.heard().send({ type: 'clipDone', leg: 'leg-1', prompt: 'greeting', heardMs: 120, totalMs: 900 })
    expect(t.commands()).toEqual([])
    expect(t.records('prompt')).toEqual([{ kind: 'prompt', prompt: 'greeting', heardMs: 120, totalMs: 900 }])
  })
})
