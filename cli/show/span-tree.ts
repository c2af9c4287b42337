/** A trace as an indented tree: when each span began, how long it took, and what matters of it. */
import { ATTR, isPii } from '#telemetry/names.ts'
import type { EndedSpan } from '#telemetry/span.ts'
import { plainStyle, type Style } from './style.ts'
import { duration, printable } from './words.ts'

export interface SpanTreeOptions {
  readonly style?: Style
  /** Shows attributes that carry caller content. */
  readonly full?: boolean
}

/** Said by the tree itself, or of no use to a reader of one call. */
const QUIET = new Set<string>([ATTR.call, ATTR.operation, ATTR.tool, ATTR.error, ATTR.item, ATTR.toolCall, ATTR.leg])

interface Column {
  readonly span: EndedSpan
  readonly label: string
}

export function spanTree(
  spans: readonly EndedSpan[],
  { style = plainStyle, full = false }: SpanTreeOptions = {},
): string[] {
  const known = new Set(spans.map(span => span.spanId))
  const children = new Map<string | null, EndedSpan[]>()
  for (const span of spans) {
    // a parent elsewhere (the gateway, a carrier) leaves this one a root here
    const parent = span.parentSpanId !== null && known.has(span.parentSpanId) ? span.parentSpanId : null
    children.set(parent, [...(children.get(parent) ?? []), span])
  }
  for (const list of children.values()) list.sort((a, b) => a.startMs - b.startMs || b.endMs - a.endMs)
  const rows: Column[] = []
  const seen = new Set<string>()
  const walk = (span: EndedSpan, lead: string, own: string): void => {
    if (seen.has(span.spanId)) return
    seen.add(span.spanId)
    rows.push({ span, label: `${own}${span.name}` })
    const inner = children.get(span.spanId) ?? []
    inner.forEach((child, i) => {
      const last = i === inner.length - 1
      walk(child, `${lead}${last ? '   ' : '│  '}`, `${lead}${last ? '└─ ' : '├─ '}`)
    })
  }
  for (const root of children.get(null) ?? []) walk(root, '', '')
  const origin = Math.min(...spans.map(span => span.startMs))
  const width = Math.max(0, ...rows.map(row => row.label.length))
  return rows.map(({ span, label }) => {
    const begin = `+${((span.startMs - origin) / 1000).toFixed(3)}`.padStart(9)
    const took = duration(span.endMs - span.startMs).padStart(10)
    const facts = factsOf(span, full)
    const error = span.error === undefined ? '' : ` ${style.red(`✗ ${printable(span.error)}`)}`
    return `${label.padEnd(width)} ${style.dim(begin)} ${took}${error}${facts === '' ? '' : `  ${style.dim(facts)}`}`
  })
}

function factsOf(span: EndedSpan, full: boolean): string {
  const facts: string[] = []
  for (const [name, value] of Object.entries(span.attributes)) {
    if (QUIET.has(name) || (isPii(name) && !full)) continue
    const short = name.replace(/^(switchboard|gen_ai)\.(pii\.)?/, '')
    facts.push(
      `${short}=${printable(typeof value === 'number' ? String(Math.round(value * 100) / 100) : String(value), 60)}`,
    )
  }
  const counts = new Map<string, number>()
  for (const event of span.events) counts.set(event.name, (counts.get(event.name) ?? 0) + 1)
  for (const [name, count] of counts)
    facts.push(`• ${name.replace(/^switchboard\./, '')}${count > 1 ? ` ×${count}` : ''}`)
  return facts.join(' ')
}
