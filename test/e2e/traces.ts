/** One trace per call, and that one a tree: judged by what the Collector handed on. */
import type { Span } from '#test/faults/collector.ts'

const CALL = 'switchboard.call'

/** Pure. */
export function judgeTrace(spans: readonly Span[], callId: string): { readonly ok: boolean; readonly detail: string } {
  const roots = spans.filter(s => s.name === CALL && s.attributes['switchboard.sip.call_id'] === callId)
  const [root] = roots
  if (root === undefined) return { ok: false, detail: `no span of the call ${callId}` }
  if (roots.length > 1) return { ok: false, detail: `${roots.length} spans of one call` }
  const tree = spans.filter(span => span.traceId === root.traceId)
  const ids = new Set(tree.map(span => span.spanId))
  const tops = tree.filter(span => !ids.has(span.parentSpanId))
  if (tops.length !== 1) return { ok: false, detail: `${tops.length} spans without a parent: ${names(tops)}` }
  const calls = tree.filter(span => span.name === CALL)
  if (calls.length !== 1) return { ok: false, detail: `${calls.length} calls in one trace` }
  return { ok: tree.length > 2, detail: `${tree.length} spans, one root: ${names(tree)}` }
}

function names(spans: readonly Span[]): string {
  const counts = new Map<string, number>()
  for (const { name } of spans) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(', ')
}
