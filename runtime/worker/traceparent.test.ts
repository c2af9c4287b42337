import { expect, test } from 'vitest'
import { formatTraceParent, newTraceParent, parseTraceParent } from './traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test.each([
  ['as the standard shows it', `00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN, sampled: true }],
  ['not sampled', `00-${TRACE}-${SPAN}-00`, { traceId: TRACE, spanId: SPAN, sampled: false }],
  ['a later version with more fields', `01-${TRACE}-${SPAN}-01-more`, { traceId: TRACE, spanId: SPAN, sampled: true }],
  ['absent', undefined, null],
  ['version ff', `ff-${TRACE}-${SPAN}-01`, null],
  ['a zero trace id', `00-${'0'.repeat(32)}-${SPAN}-01`, null],
  ['a zero span id', `00-${TRACE}-${'0'.repeat(16)}-01`, null],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
  ['more fields in version 00', `00-${TRACE}-${SPAN}-01-more`, null],
  ['nonsense', 'x'.repeat(5000), null],
])('%s', (_name, header, expected) => {
  expect(parseTraceParent(header)).toEqual(expected)
})

test('what we make, we read', () => {
  const made = newTraceParent()
  expect(parseTraceParent(formatTraceParent(made))).toEqual(made)
})
