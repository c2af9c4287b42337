import { expect, it } from 'vitest'
import type { Span } from '#test/faults/collector.ts'
import { judgeTrace } from './traces.ts'

function span(name: string, spanId: string, parentSpanId: string, callId?: string): Span {
  const attributes = callId === undefined ? {} : { 'switchboard.sip.call_id': callId }
  return { name, traceId: 't', spanId, parentSpanId, attributes, error: '', events: [] }
}

const CALL = span('switchboard.call', '1', '', 'a@b')
const LEG = span('switchboard.leg', '2', '1')
const TURN = span('switchboard.turn', '3', '2')

it('takes one tree', () => {
  expect(judgeTrace([TURN, LEG, CALL], 'a@b')).toEqual({
    ok: true,
    detail: '3 spans, one root: switchboard.turn, switchboard.leg, switchboard.call',
  })
})

it('takes a root whose parent is the caller’s, outside of what we see', () => {
  expect(judgeTrace([{ ...CALL, parentSpanId: 'theirs' }, LEG, TURN], 'a@b').ok).toBe(true)
})

it('refuses a call that has no span, more than one, or lost its branch', () => {
  expect(judgeTrace([CALL, LEG, TURN], 'other').detail).toBe('no span of the call other')
  expect(judgeTrace([CALL, { ...CALL, spanId: '9' }, LEG], 'a@b').detail).toBe('2 spans of one call')
  expect(judgeTrace([CALL, LEG, { ...TURN, parentSpanId: 'gone' }], 'a@b').detail).toMatch(/^2 spans without a parent/)
})

it('refuses two calls in one trace', () => {
  const other = { ...span('switchboard.call', '7', '1', 'c@d') }
  expect(judgeTrace([CALL, LEG, TURN, other], 'a@b').detail).toBe('2 calls in one trace')
})
