/** One call's record as lines for a terminal. */
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { StoredEntry } from '#runtime/ledger/entry.ts'
import type { CallRecord, CallSummaryRow } from '#runtime/ledger/read-ledger.ts'
import { maskedSummary } from './call-list.ts'
import { plainStyle, type Style } from './style.ts'
import { duration, printable } from './words.ts'

export interface RecordOptions {
  readonly style?: Style
  /** Shows callers' numbers. */
  readonly full?: boolean
}

export function recordLines(
  { summary, entries }: CallRecord,
  { style = plainStyle, full = false }: RecordOptions = {},
): string[] {
  const shown = full ? summary : maskedSummary(summary)
  const moments = entries
    .map(e => ({ e, at: beginOf(e) - summary.at }))
    .sort((a, b) => a.at - b.at || a.e.seq - b.e.seq)
  return [
    ...headLines(shown, style),
    '',
    style.bold('Timeline'),
    ...moments.flatMap(({ e, at }) => entryLines(e, at, summary.at, style)),
    ...usageLines(summary, style),
  ]
}

function headLines(s: CallSummaryRow, style: Style): string[] {
  const agent = s.namespace === null ? s.agent : `${s.namespace}/${s.agent}`
  const field = (name: string, value: string): string => `  ${style.dim(name.padEnd(9))} ${value}`
  const lines = [
    `${style.bold('Call')} ${s.call}`,
    field('agent', `${agent}, revision ${s.revision}`),
    field(s.direction, `${printable(s.from)} → ${printable(s.to)}${s.trunk === null ? '' : ` over ${s.trunk}`}`),
    field('began', new Date(s.startedAt).toISOString().replace('T', ' ').replace('Z', ' UTC')),
    field('answered', s.answeredMs === null ? 'never' : `after ${duration(s.answeredMs)}`),
  ]
  if (s.endedAt === null || s.why === null) lines.push(field('ended', 'not yet, or its worker died'))
  else lines.push(field('ended', `after ${duration(s.endedAt - s.startedAt)}: ${whyText(s.why)}`))
  lines.push(field('has', `${s.turns} turns, ${s.tools} tool calls`))
  if (s.traceId !== null) lines.push(field('trace', s.traceId))
  for (const [name, value] of Object.entries(s.attributes)) lines.push(field(name, printable(String(value))))
  if (s.missing > 0) lines.push(field('lost', style.red(`${s.missing} entries could not be kept`)))
  return lines
}

function entryLines(stored: StoredEntry, at: number, origin: number, style: Style): string[] {
  const [text, ...more] = describe(stored.entry, origin, style)
  const cut = (stored.entry as { truncated?: number }).truncated
  const note = cut === undefined ? '' : style.dim(` (cut from ${cut} characters)`)
  return [`${clock(at)}  ${text}${note}`, ...more.map(line => `${' '.repeat(12)}${line}`)]
}

/** The first line of an entry, and what is shown below it. */
function describe(entry: RecordEntry, origin: number, style: Style): string[] {
  switch (entry.kind) {
    case 'begin':
      return ['call offered']
    case 'answered':
      return [`answered after ${duration(entry.afterMs)}`]
    case 'turn':
      return turnLines(entry, origin, style)
    case 'tool':
      return toolLines(entry, style)
    case 'dtmf':
      return [`${style.blue('caller')}  pressed ${entry.count} ${entry.count === 1 ? 'key' : 'keys'} (hidden)`]
    case 'carrier':
      return [
        style.dim(
          `carrier says ${printable([entry.status, entry.seconds === undefined ? '' : `${entry.seconds} s`, entry.code ?? ''].filter(Boolean).join(', '))}`,
        ),
      ]
    case 'usage':
      return [style.dim(`usage ${printable(entry.source)} ${printable(JSON.stringify(entry.usage) ?? '', 500)}`)]
    case 'prompt':
      return [`${style.green('prompt')}  ${printable(entry.prompt)}, heard ${heard(entry.heardMs, entry.totalMs)}`]
    case 'disclosure': {
      const clip = entry.clip === undefined ? style.red('not said') : style.dim(printable(entry.clip).slice(0, 19))
      return [
        `${style.green('disclosure')}  ${printable(entry.name)}, heard ${heard(entry.heardMs, entry.totalMs)}  ${clip}`,
      ]
    }
    case 'session':
      return [style.magenta(sessionText(entry))]
    case 'context': {
      const code = entry.code === undefined ? '' : ` (${printable(entry.code)})`
      return [
        `asked about the caller: ${entry.ok ? style.green('ok') : style.red('no answer')}${code} in ${duration(entry.ms)}`,
      ]
    }
    case 'fault':
      return [
        style.red(`fault ${printable(entry.code)}${entry.detail === undefined ? '' : `: ${printable(entry.detail)}`}`),
      ]
    case 'transfer':
      return [transferText(entry, style)]
    case 'end':
    default:
      return [`ended: ${whyText(entry.why)}`]
  }
}

function turnLines(turn: Extract<RecordEntry, { kind: 'turn' }>, origin: number, style: Style): string[] {
  const who = turn.role === 'caller' ? style.blue('caller') : style.green('agent ')
  const until = `until ${clock(turn.endedAt - origin).trim()}`
  const facts = [until]
  if (turn.heardMs !== undefined) facts.push(`heard ${heard(turn.heardMs, turn.sentMs ?? turn.heardMs)}`)
  if (turn.interrupted === true) facts.push(style.yellow('interrupted'))
  return [`${who}  ${facts.join(', ')}`, ...(turn.text === undefined ? [] : [`“${printable(turn.text, 2000)}”`])]
}

function transferText(t: Extract<RecordEntry, { kind: 'transfer' }>, style: Style): string {
  const by = { model: 'by the agent', keys: 'by keys of the caller', words: 'by words of the caller' }[t.by]
  const talk = t.talkMs === undefined ? '' : `, talked ${duration(t.talkMs)}`
  const how = t.outcome === 'connected' ? style.green(t.outcome) : style.yellow(t.outcome)
  return `${style.yellow('transfer')} to ${printable(t.destination)} ${by}: ${how} after ${duration(t.ringMs)}${talk}`
}

function toolLines(tool: Extract<RecordEntry, { kind: 'tool' }>, style: Style): string[] {
  const result = tool.ok ? style.green('ok') : style.red(printable(tool.code ?? 'failed'))
  const late = tool.late === true ? style.yellow(', late') : ''
  const lines = [
    `${style.yellow('tool')}    ${printable(tool.name)} ${result} in ${duration(tool.ms)}${late}`,
    `${style.dim('in  ')} ${printable(JSON.stringify(tool.args) ?? '', 2000)}`,
    `${style.dim('out ')} ${printable(tool.output, 2000)}`,
  ]
  if (tool.display !== undefined) lines.push(`${style.dim('said')} “${printable(tool.display)}”`)
  return lines
}

function usageLines({ usage }: CallSummaryRow, style: Style): string[] {
  const paths = Object.keys(usage)
  if (paths.length === 0) return []
  const width = Math.max(...paths.map(path => path.length))
  return ['', style.bold('Usage'), ...paths.map(path => `  ${path.padEnd(width)}  ${usage[path] ?? 0}`)]
}

function sessionText({ what, code, model }: Extract<RecordEntry, { kind: 'session' }>): string {
  const of = model === undefined ? '' : `${what === 'fallback' ? ' to' : ' of'} ${printable(model)}`
  return `session ${what}${of}${code === undefined ? '' : ` (${printable(code)})`}`
}

function whyText(why: { code: string; by: string; detail?: string }): string {
  return `${why.code} by ${why.by}${why.detail === undefined ? '' : ` (${printable(why.detail)})`}`
}

function heard(heardMs: number, totalMs: number): string {
  return heardMs >= totalMs ? `all ${duration(totalMs)}` : `${duration(heardMs)} of ${duration(totalMs)}`
}

/** When the thing an entry tells of began: entries are written when it is over. */
function beginOf({ at, entry }: StoredEntry): number {
  if (entry.kind === 'turn') return entry.startedAt
  return entry.kind === 'tool' ? at - entry.ms : at
}

/** Seconds since the first sign of the call, `mm:ss.mmm` wide. */
function clock(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(10)
}
