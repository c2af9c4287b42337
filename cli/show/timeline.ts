/** What a call's drawing shows, without a pixel: lanes of bars and marks, links between them. Times are milliseconds since the call began. */
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { CallRecord } from '#runtime/ledger/read-ledger.ts'
import { ATTR, SPAN } from '#telemetry/names.ts'
import type { EndedSpan } from '#telemetry/span.ts'
import { duration, printable } from './words.ts'

export type LaneName = 'caller' | 'agent' | 'model' | 'tools' | 'network'
export const LANES: readonly LaneName[] = ['caller', 'agent', 'model', 'tools', 'network']

export interface Bar {
  readonly lane: LaneName
  readonly from: number
  readonly to: number
  readonly kind: 'caller' | 'agent' | 'unheard' | 'prompt' | 'model' | 'tool' | 'network' | 'error'
  readonly label: string
  /** Shown when pointed at. */
  readonly hint: string
}

export interface Mark {
  readonly lane: LaneName
  readonly at: number
  readonly kind: 'note' | 'error' | 'interrupt'
  readonly label: string
}

/** From the end of the caller's words to the first of the agent's. */
export interface Gap {
  readonly from: number
  readonly to: number
}

export interface Timeline {
  readonly bars: readonly Bar[]
  readonly marks: readonly Mark[]
  readonly gaps: readonly Gap[]
  readonly lengthMs: number
}

/** Longer silences are the caller's thinking, not the agent's. */
const LONGEST_GAP_MS = 10_000

type Entry<K extends RecordEntry['kind']> = Extract<RecordEntry, { kind: K }>

export function timelineOf({ summary, entries }: CallRecord, spans: readonly EndedSpan[] = []): Timeline {
  const bars: Bar[] = []
  const marks: Mark[] = []
  const since = (at: number): number => at - summary.at
  const turns: Entry<'turn'>[] = []
  let opened: number | null = null
  let answeredAt: number | null = null
  const end = summary.endedAt === null ? null : summary.endedAt - summary.startedAt
  const last = Math.max(
    end ?? 0,
    ...entries.map(e => since(e.at)),
    ...spans.map(s => s.endMs - summary.startedAt),
    1000,
  )
  const session = (from: number, to: number, what: string): void => {
    bars.push({ lane: 'model', from, to, kind: 'model', label: 'session', hint: `session, ${what}` })
  }
  for (const { at: machineAt, entry } of entries) {
    const at = since(machineAt)
    switch (entry.kind) {
      case 'begin':
      case 'usage':
      case 'carrier':
        break
      case 'answered':
        answeredAt = at
        marks.push({ lane: 'network', at, kind: 'note', label: `answered ${duration(entry.afterMs)}` })
        break
      case 'turn':
        turns.push(entry)
        bars.push(...turnBars(entry, since))
        if (entry.interrupted === true) marks.push(interruption(entry, spans, since))
        break
      case 'tool': {
        const hint = `${entry.name} ${printable(JSON.stringify(entry.args) ?? '')} → ${printable(entry.output)}`
        const label = entry.ok ? entry.name : `${entry.name}: ${entry.code ?? 'failed'}`
        bars.push({ lane: 'tools', from: at - entry.ms, to: at, kind: entry.ok ? 'tool' : 'error', label, hint })
        break
      }
      case 'transfer': {
        const hint = `to ${entry.destination} by ${entry.by}: ${entry.outcome}`
        const from = at - entry.ringMs - (entry.talkMs ?? 0)
        bars.push({
          lane: 'network',
          from,
          to: at,
          kind: 'tool',
          label: `${entry.destination}: ${entry.outcome}`,
          hint,
        })
        break
      }
      case 'dtmf':
        marks.push({ lane: 'caller', at, kind: 'note', label: `${entry.count} ${entry.count === 1 ? 'key' : 'keys'}` })
        break
      case 'prompt': {
        // spoken by the session it is a turn as well, drawn already
        if (turns.some(t => t.role === 'agent' && Math.abs(t.endedAt - machineAt) < 50)) break
        const hint = `prompt ${entry.prompt}, heard ${duration(entry.heardMs)} of ${duration(entry.totalMs)}`
        bars.push({ lane: 'agent', from: at - entry.heardMs, to: at, kind: 'prompt', label: entry.prompt, hint })
        break
      }
      case 'disclosure': {
        const hint = `disclosure ${entry.name}, heard ${duration(entry.heardMs)} of ${duration(entry.totalMs)}`
        bars.push({ lane: 'agent', from: at - entry.heardMs, to: at, kind: 'prompt', label: entry.name, hint })
        break
      }
      case 'session':
        if (entry.what === 'opened' || entry.what === 'reopened') opened ??= at
        else if ((entry.what === 'lost' || entry.what === 'closed') && opened !== null) {
          session(opened, at, entry.what)
          opened = null
        }
        if (entry.what !== 'opened')
          marks.push({ lane: 'model', at, kind: entry.what === 'lost' ? 'error' : 'note', label: entry.what })
        break
      case 'context':
        marks.push({ lane: 'network', at, kind: entry.ok ? 'note' : 'error', label: `asked ${duration(entry.ms)}` })
        break
      case 'fault':
        marks.push({ lane: 'network', at, kind: 'error', label: entry.code })
        break
      case 'end':
        marks.push({ lane: 'network', at, kind: entry.why.code === 'hangup' ? 'note' : 'error', label: entry.why.code })
        break
    }
  }
  if (opened !== null) session(opened, end ?? last, 'open until the end')
  const ringing = answeredAt ?? end ?? last
  const mos = spans.find(s => s.name === SPAN.call)?.attributes[ATTR.mos]
  bars.push({
    lane: 'network',
    from: 0,
    to: ringing,
    kind: 'network',
    label: 'ringing',
    hint: `ringing ${duration(ringing)}`,
  })
  if (answeredAt !== null) {
    const label = typeof mos === 'number' ? `media, MOS ${mos.toFixed(1)}` : 'media'
    bars.push({ lane: 'network', from: answeredAt, to: end ?? last, kind: 'network', label, hint: label })
  }
  return {
    bars: [...bars, ...toolSpans(spans, bars, summary.startedAt)],
    marks,
    gaps: gapsOf(turns, since),
    lengthMs: last,
  }
}

function turnBars(turn: Entry<'turn'>, since: (at: number) => number): Bar[] {
  const [from, to] = [since(turn.startedAt), since(silentAt(turn))]
  const said = turn.text === undefined ? '' : printable(turn.text)
  const whole: Bar = {
    lane: turn.role,
    from,
    to,
    kind: turn.role,
    label: said,
    hint: `${turn.role} ${duration(to - from)} ${said}`,
  }
  const { heardMs, sentMs } = turn
  if (turn.role === 'caller' || heardMs === undefined || sentMs === undefined || sentMs <= heardMs) return [whole]
  const hint = `${duration(sentMs - heardMs)} were sent and never heard`
  return [whole, { lane: 'agent', from: to, to: to + sentMs - heardMs, kind: 'unheard', label: '', hint }]
}

/** The trace knows how soon the agent was silent; a record alone does not. */
function interruption(turn: Entry<'turn'>, spans: readonly EndedSpan[], since: (at: number) => number): Mark {
  const took = spans.find(span => span.attributes[ATTR.item] === turn.item)?.attributes[ATTR.bargeInMs]
  const stop = typeof took === 'number' ? `silent in ${duration(Math.max(1, took))}` : ''
  const at = turn.heardMs === undefined ? '' : `cut at ${duration(turn.heardMs)}`
  return {
    lane: 'agent',
    at: since(silentAt(turn)),
    kind: 'interrupt',
    label: [at, stop].filter(Boolean).join(', ') || 'interrupted',
  }
}

/** Its sound ended here: that it was interrupted, and did not only pause, was decided a little later. */
function silentAt({ startedAt, endedAt, heardMs, interrupted }: Entry<'turn'>): number {
  return interrupted === true && heardMs !== undefined ? Math.min(endedAt, startedAt + heardMs) : endedAt
}

/** Tools that were called and left no entry: still running at the end. */
function toolSpans(spans: readonly EndedSpan[], bars: readonly Bar[], startedAt: number): Bar[] {
  const drawn = bars.filter(bar => bar.lane === 'tools')
  return spans
    .filter(span => span.name.startsWith(SPAN.tool))
    .map(span => ({ span, from: span.startMs - startedAt, to: span.endMs - startedAt }))
    .filter(({ from, to }) => !drawn.some(bar => Math.abs(bar.from - from) < 50 || Math.abs(bar.to - to) < 50))
    .map(({ span, from, to }) => {
      const label = String(span.attributes[ATTR.tool] ?? 'tool')
      return {
        lane: 'tools',
        from,
        to,
        kind: span.error === undefined ? 'tool' : 'error',
        label,
        hint: `${label}, no result`,
      }
    })
}

function gapsOf(turns: readonly Entry<'turn'>[], since: (at: number) => number): Gap[] {
  const gaps: Gap[] = []
  const inOrder = [...turns].sort((a, b) => a.startedAt - b.startedAt)
  for (const [i, agent] of inOrder.entries()) {
    const caller = inOrder[i - 1]
    if (agent.role !== 'agent' || caller?.role !== 'caller') continue
    const gap = { from: since(caller.endedAt), to: since(agent.startedAt) }
    if (gap.to > gap.from && gap.to - gap.from < LONGEST_GAP_MS) gaps.push(gap)
  }
  return gaps
}
