/** A call as a picture: who spoke when, what was heard, what the model and the tools did. Dark text on white, no script, no font to load. */
import type { CallRecord } from '#runtime/ledger/read-ledger.ts'
import type { EndedSpan } from '#telemetry/span.ts'
import { maskedSummary } from './call-list.ts'
import { type Bar, type Gap, LANES, type LaneName, type Mark, timelineOf } from './timeline.ts'
import { duration, printable } from './words.ts'

export interface TimelineOptions {
  /** Shows callers' numbers. */
  readonly full?: boolean
}

const LEFT = 96
const RIGHT = 28
const TOP = 86
const LANE = 74
const BAR = 30
/** Mean width of a character at 11 px. */
const CHAR = 6.5

/** Keeps text legible over lines. */
const HALO = 'stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'

const fills: Readonly<Record<Bar['kind'], { fill: string; stroke: string }>> = {
  caller: { fill: '#cfe0ff', stroke: '#1d4ed8' },
  agent: { fill: '#c9f0dc', stroke: '#047857' },
  unheard: { fill: 'url(#unheard)', stroke: '#047857' },
  prompt: { fill: '#d5f0f4', stroke: '#0e7490' },
  model: { fill: '#e9e2fb', stroke: '#6d28d9' },
  tool: { fill: '#ffe8c2', stroke: '#b45309' },
  network: { fill: '#e8ecf1', stroke: '#64748b' },
  error: { fill: '#fddada', stroke: '#b91c1c' },
}
const markColours: Readonly<Record<Mark['kind'], string>> = { note: '#334155', error: '#b91c1c', interrupt: '#c2410c' }

export function timelineSvg(
  record: CallRecord,
  spans: readonly EndedSpan[] = [],
  { full = false }: TimelineOptions = {},
): string {
  const { bars, marks, gaps, lengthMs } = timelineOf(record, spans)
  const until = Math.max(lengthMs, ...bars.map(bar => bar.to))
  const inner = Math.min(6000, Math.max(1080, (until / 1000) * 22))
  const step = tickStep(until, inner)
  const scaled = Math.ceil((until * 1.01) / step) * step
  const x = (ms: number): number => round(LEFT + (Math.max(0, ms) / scaled) * inner)
  const width = round(LEFT + inner + RIGHT)
  const bottom = TOP + LANES.length * LANE
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom + 44}" viewBox="0 0 ${width} ${bottom + 44}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#0f172a">`,
    '<defs><pattern id="unheard" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffffff"/><path d="M0 6 L6 0" stroke="#86cfae" stroke-width="1"/></pattern></defs>',
    `<rect width="${width}" height="${bottom + 44}" fill="#ffffff"/>`,
    ...heading(record, full),
    ...grid(scaled, step, x, width, bottom),
    ...bars.map(bar => barSvg(bar, x)),
    ...gaps.map(gap => gapSvg(gap, x)),
    ...markSvgs(marks, x, width),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

function heading({ summary }: CallRecord, full: boolean): string[] {
  const s = full ? summary : maskedSummary(summary)
  const end =
    s.endedAt === null || s.why === null
      ? 'not ended'
      : `${duration(s.endedAt - s.startedAt)}, ${s.why.code} by ${s.why.by}`
  const began = new Date(s.startedAt).toISOString().replace('T', ' ').replace('Z', ' UTC')
  const trace = s.traceId === null ? '' : ` · trace ${s.traceId}`
  const facts = `${s.from} → ${s.to} · ${began} · call ${s.call}${trace}`
  return [
    `<text x="16" y="30" font-size="18" font-weight="bold">${escaped(`${s.revision}: ${end}`)}</text>`,
    `<text x="16" y="50" font-size="12" fill="#334155">${escaped(printable(facts))}</text>`,
  ]
}

function grid(until: number, step: number, x: (ms: number) => number, width: number, bottom: number): string[] {
  const out: string[] = []
  LANES.forEach((lane, i) => {
    const y = TOP + i * LANE
    if (i % 2 === 0) out.push(`<rect x="0" y="${y}" width="${width}" height="${LANE}" fill="#f7f9fb"/>`)
    out.push(`<text x="16" y="${y + LANE / 2 + 5}" font-size="13" font-weight="bold">${lane}</text>`)
  })
  for (let ms = 0; ms <= until + 1; ms += step) {
    out.push(`<line x1="${x(ms)}" y1="${TOP}" x2="${x(ms)}" y2="${bottom}" stroke="#d5dce4" stroke-width="1"/>`)
    for (const y of [TOP - 7, bottom + 17])
      out.push(`<text x="${x(ms)}" y="${y}" text-anchor="middle" fill="#475569">${tickText(ms, step)}</text>`)
  }
  return out
}

function barSvg(bar: Bar, x: (ms: number) => number): string {
  const { fill, stroke } = fills[bar.kind]
  const y = barTop(bar.lane)
  const wide = Math.max(2, x(bar.to) - x(bar.from))
  const dash = bar.kind === 'unheard' ? ' stroke-dasharray="4 3"' : ''
  // the marks of a session's first moments stand where its label would begin
  const indent = bar.kind === 'model' ? 30 : 6
  const fits = Math.floor((wide - indent - 4) / CHAR)
  const name = `${bar.label} ${duration(bar.to - bar.from)}`
  const box = `<rect x="${x(bar.from)}" y="${y}" width="${round(wide)}" height="${BAR}" rx="3" fill="${fill}" stroke="${stroke}"${dash}/>`
  let text = ''
  if (bar.lane === 'tools' && bar.label.length > fits) text = textAt(x(bar.from), y + BAR + 14, name)
  else if (bar.label !== '' && fits >= 4)
    text = textAt(x(bar.from) + indent, y + BAR / 2 + 4, shortened(bar.label, fits))
  return `<g><title>${escaped(bar.hint)}</title>${box}${text}</g>`
}

function textAt(x: number, y: number, text: string): string {
  return `<text x="${round(x)}" y="${y}">${escaped(text)}</text>`
}

function shortened(text: string, fits: number): string {
  return text.length <= fits ? text : `${text.slice(0, fits - 1)}…`
}

/** An elbow from the caller's last word to the agent's first, with the time it took. */
function gapSvg({ from, to }: Gap, x: (ms: number) => number): string {
  const down = barTop('caller') + BAR
  const up = barTop('agent')
  const middle = up - 8
  const path = `M${x(from)} ${down} V${middle} H${x(to)} V${up}`
  const text = `<text x="${x(to) + 5}" y="${middle - 1}" ${HALO}>${duration(to - from)}</text>`
  return `<path d="${path}" fill="none" stroke="#0f172a" stroke-width="1"/>${text}`
}

/** Labels under their lane, in two rows; one that fits in neither is left to its tick and its hint. */
function markSvgs(marks: readonly Mark[], x: (ms: number) => number, width: number): string[] {
  const taken = new Map<string, number>()
  const lines: string[] = []
  const texts: string[] = []
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    const colour = markColours[mark.kind]
    const y = barTop(mark.lane)
    const at = x(mark.at)
    const long = mark.label.length * CHAR
    const left = at + long + 4 > width ? at - long - 4 : at + 4
    const row = [0, 1].find(row => (taken.get(`${mark.lane}${row}`) ?? 0) <= left)
    const foot = y + BAR + (row === 1 ? 24 : 12)
    const line = `<line x1="${at}" y1="${y - 3}" x2="${at}" y2="${foot}" stroke="${colour}" stroke-width="2"/>`
    lines.push(`<g><title>${escaped(mark.label)}</title>${line}</g>`)
    if (row === undefined) continue
    taken.set(`${mark.lane}${row}`, left + long + 6)
    texts.push(`<text x="${round(left)}" y="${foot}" fill="${colour}" ${HALO}>${escaped(mark.label)}</text>`)
  }
  return [...lines, ...texts]
}

function barTop(lane: LaneName): number {
  return TOP + LANES.indexOf(lane) * LANE + 14
}

/** A round step with ticks at least 70 px apart. */
function tickStep(until: number, pixels: number): number {
  const least = (until * 70) / pixels
  return (
    [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000].find(
      s => s >= least,
    ) ?? 1_800_000
  )
}

function tickText(ms: number, step: number): string {
  if (step < 1000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

function escaped(text: string): string {
  return printable(text, 1000)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}
