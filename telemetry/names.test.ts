import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, it } from 'vitest'
import { prometheusName, renderTelemetryDocs } from './docs.ts'
import { METRIC, type MetricDefinition, OPERATOR_METRIC } from './metrics.ts'
import { ATTR, ATTRIBUTE_MEANING, isPii, SPAN } from './names.ts'
import { addUsage } from './usage.ts'

const metrics: readonly MetricDefinition[] = [...Object.values(METRIC), ...Object.values(OPERATOR_METRIC)]

describe('names', () => {
  it('are unique, and each is explained', () => {
    for (const names of [Object.values(SPAN), Object.values(ATTR), metrics.map(m => m.name)]) {
      expect(new Set(names).size).toBe(names.length)
    }
    expect(Object.keys(ATTRIBUTE_MEANING).sort()).toEqual(Object.keys(ATTR).sort())
  })

  it('are those of the GenAI conventions where there are any', () => {
    const known = new Set<unknown>(Object.values(conventions))
    // proposed for the conventions and not in them yet: audio tokens
    const own = Object.values(ATTR).filter(name => !name.startsWith('switchboard.') && !known.has(name))
    expect(own).toEqual(['gen_ai.usage.input_audio_tokens', 'gen_ai.usage.output_audio_tokens'])
    expect(SPAN.tool).toBe(conventions.GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL)
  })

  it('mark all caller content', () => {
    expect(Object.values(ATTR).filter(isPii)).toEqual([
      'switchboard.pii.caller',
      'switchboard.pii.called',
      'switchboard.pii.text',
      'switchboard.pii.tool.arguments',
      'switchboard.pii.tool.output',
    ])
    expect(isPii('switchboard.piiish')).toBe(false)
  })

  it('of metrics have rising buckets and attributes of low cardinality', () => {
    const allowed = [
      'agent',
      'revision',
      'outcome',
      'by',
      'code',
      'provider',
      'host',
      'model',
      'reason',
      'tool',
      'result',
      'state',
      'kind',
      'method',
    ]
    for (const { name, kind, buckets, by } of metrics) {
      expect(by.filter(attribute => !allowed.includes(attribute))).toEqual([])
      expect([name, buckets !== undefined]).toEqual([name, kind === 'histogram'])
      expect(buckets).toEqual(buckets && [...new Set(buckets)].sort((a, b) => a - b))
    }
  })

  it('are all in the page', () => {
    const page = renderTelemetryDocs()
    const names = [...Object.values(SPAN), ...Object.values(ATTR), ...metrics.flatMap(m => [m.name, prometheusName(m)])]
    expect(names.filter(name => !page.includes(`\`${name}\``))).toEqual([])
    expect(prometheusName(METRIC.turnGap)).toBe('switchboard_turn_gap_seconds')
    expect(prometheusName(METRIC.packetsLost)).toBe('switchboard_rtp_packets_lost_total')
  })
})

describe('usage', () => {
  it('adds numbers by path and leaves out the rest', () => {
    const sum = {}
    addUsage(sum, { a: 1, b: { c: 2, text: 'x' }, list: [1], bad: Number.NaN, none: null })
    addUsage(sum, { a: 0.5, b: { c: 1 } })
    addUsage(sum, 'text')
    addUsage(sum, null)
    addUsage(sum, 7)
    expect(sum).toEqual({ a: 1.5, 'b.c': 3 })
  })

  it('is bounded in breadth and depth', () => {
    const sum = {}
    addUsage(sum, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, 1])))
    expect(Object.keys(sum)).toHaveLength(64)
    let deep: unknown = { n: 1 }
    for (let i = 0; i < 50; i++) deep = { deep }
    const none = {}
    addUsage(none, deep)
    expect(none).toEqual({})
  })
})
