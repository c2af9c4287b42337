/** Judges one call: what the phone recorded, against what the provider was told. Knows nothing of how the product works. */

import type { Stall } from '#test/measure/stalls.ts'
import type { Wire } from '#test/measure/wire.ts'
import type { SimEvent, SimItem } from '#test/product/simulator-view.ts'
import { type ClassName, classesOf } from './classes.ts'
import { hear } from './hearing.ts'
import { matchBursts } from './match.ts'
import type { Burst } from './plan.ts'
import type { Spoken } from './spoken.ts'

export interface Evidence {
  /** What the caller did, and when it was on the wire. */
  readonly spoken: readonly Spoken[]
  /** When the machine was too busy for packets. */
  readonly stalls: readonly Stall[]
  /** When no packets came to this phone alone. */
  readonly alone: readonly Stall[]
  /** The provider's events of this call's session. */
  readonly events: readonly SimEvent[]
  readonly items: readonly SimItem[]
  /** The phone's own recording, 8 kHz. */
  readonly heard: Int16Array
  readonly wire: Wire
}

/** An item of the agent that holds sound. */
export interface JudgedItem {
  readonly mark: number
  readonly audioMs: number
  /** At least and at most: different only where few samples may be of either of two items. */
  readonly surelyHeardMs: number
  readonly heardMs: number
  readonly truncatedMs: number | null
  /** When the provider was told. */
  readonly truncatedAt: number | null
  /** When the provider announced it. */
  readonly addedAt: number
  readonly faults: readonly string[]
}

export interface Verdict {
  readonly burst: Burst
  /** When the provider sent speech_started and speech_stopped; null: it never did. */
  readonly startedAt: number | null
  readonly stoppedAt: number | null
  /** From its first sample on the wire to speech_started. */
  readonly afterMs: number | null
  /** Packets came late around it: times are no measure, and it may not have been heard at all. Items are judged all the same. */
  readonly disturbed: boolean
  /** From speech_started to the end of the last sound of the agent; null: the agent was not audible. */
  readonly stopMs: number | null
  /** Items that this burst cut. */
  readonly cut: readonly JudgedItem[]
  /** The agent was audible, or something of it was waiting. */
  readonly met: boolean
  readonly classes: readonly ClassName[]
  readonly faults: readonly string[]
}

export interface Judgement {
  readonly verdicts: readonly Verdict[]
  readonly items: readonly JudgedItem[]
  /** Items heard to their end. */
  readonly whole: number
  /** What is wrong and belongs to no burst. */
  readonly faults: readonly string[]
}

export const STOP_MS = 60
/** Truncation may lie this much before what was heard; never behind it. */
const BEFORE_MS = 20
/** A phone that hangs up drops what it has just received. */
const HANG_UP_MS = 400
/** Sound that ended so shortly before the provider heard speech still counts as audible: packets come every 20 ms. */
const AUDIBLE_MS = 25
const NOTHING = { least: 0, most: 0, end: 0 }

export function judge(evidence: Evidence): Judgement {
  const { events } = evidence
  const starts = matchBursts(evidence.spoken, events, evidence.stalls)
  const faults = starts.strange.map(t => `speech_started at ${Math.round(t)} belongs to no burst`)
  faults.push(...refusals(events))
  for (const { from, to } of evidence.alone)
    faults.push(`no packets came to this phone alone for ${Math.round(to - from)} ms at ${Math.round(from)}`)
  const lastSpeech = Math.max(...starts.matched.map(m => (m.burst.kind === 'speech' ? (m.startedAt ?? 0) : 0)))
  const { judged: items, faults: strange } = itemsOf(evidence)
  faults.push(...strange)
  const cut = new Map<Burst, JudgedItem[]>()
  let whole = 0
  for (const item of items) {
    faults.push(...item.faults)
    if (item.truncatedAt !== null) {
      const at = item.truncatedAt
      const by = starts.matched.findLast(m => m.startedAt !== null && m.startedAt <= at)
      if (by === undefined) faults.push(`item ${item.mark} was truncated before anybody spoke`)
      else cut.set(by.burst, [...(cut.get(by.burst) ?? []), item])
      // truncations are told in whole milliseconds: what lacks less than one lacks nothing
    } else if (Math.floor(item.heardMs) >= Math.floor(item.audioMs)) whole++
    else if (item.addedAt < lastSpeech)
      faults.push(`item ${item.mark}: ${item.heardMs} of ${item.audioMs} ms were heard, and the provider does not know`)
  }
  const verdicts = starts.matched.map((matched, i): Verdict => {
    const { burst, startedAt, stoppedAt, disturbed } = matched
    const own = cut.get(burst) ?? []
    const verdict = { ...matched, stopMs: null, cut: own, met: false, classes: [] }
    if (startedAt === null) return { ...verdict, faults: disturbed ? [] : ['the provider heard no speech'] }
    const stopMs = stopOf(evidence.wire, startedAt, stoppedAt ?? Number.POSITIVE_INFINITY)
    const wrong: string[] = []
    if (stoppedAt === null) wrong.push('the provider never heard the end of it')
    if (burst.kind === 'speech') {
      if (stopMs !== null && stopMs > STOP_MS) wrong.push(`the agent was heard for ${Math.round(stopMs)} ms more`)
    } else
      for (const item of own) if (item.surelyHeardMs > 0) wrong.push(`${burst.ms} ms of noise cut item ${item.mark}`)
    const before = starts.matched.slice(0, i).findLast(m => m.stoppedAt !== null)?.stoppedAt ?? null
    const met = burst.kind === 'speech' && (stopMs !== null || own.length > 0)
    const classes = met ? classesOf({ burst, startedAt, cut: own, audible: stopMs !== null, before, events }) : []
    return { ...verdict, stopMs, met, classes, faults: disturbed ? [] : wrong }
  })
  return { verdicts, items, whole, faults }
}

/** How long the agent was heard after `from`, until `until`; null: it was silent. */
function stopOf(wire: Wire, from: number, until: number): number | null {
  const last = wire.packets.findLast(p => p.loud && p.t >= from - AUDIBLE_MS && p.t < until)
  return last === undefined ? null : Math.max(0, last.t + last.ms - from)
}

/** Errors with which the provider refused what it was told to forget. */
function refusals(events: readonly SimEvent[]): string[] {
  const truncates = new Set(
    events.filter(e => e.dir === 'in' && e.type === 'conversation.item.truncate').map(e => e.event?.['event_id']),
  )
  const errors = events.filter(e => e.dir === 'out' && e.type === 'error').map(e => e.event?.['error'])
  return errors
    .filter(e => typeof e === 'object' && e !== null && 'event_id' in e && truncates.has(e.event_id))
    .map(e => `a truncation was refused: ${JSON.stringify(e)}`)
}

function itemsOf({ events, items, heard, wire }: Evidence): { judged: JudgedItem[]; faults: string[] } {
  const sounding = items.flatMap(({ item, mark, audioMs, truncatedMs }) =>
    mark === null || audioMs === 0 ? [] : [{ item, mark, audioMs, truncatedMs }],
  )
  const [recorded, came] = [hear(heard, sounding), hear(wire.samples, sounding)]
  const completed = new Set<unknown>()
  const added = new Map<unknown, number>()
  for (const { type, event, t } of events) {
    const item = event?.['item'] as { id?: unknown; status?: unknown } | undefined
    if (type === 'response.output_item.added') added.set(item?.id, t)
    if (type === 'response.output_item.done' && item?.status === 'completed') completed.add(item.id)
  }
  const judged = sounding.map(({ item, mark, audioMs, truncatedMs }): JudgedItem => {
    const [on, off] = [recorded.heard.get(mark) ?? NOTHING, came.heard.get(mark) ?? NOTHING]
    const [surelyHeardMs, heardMs] = [on.least / 8, on.most / 8]
    const truncates = events.filter(
      e => e.dir === 'in' && e.type === 'conversation.item.truncate' && e.event?.['item_id'] === item,
    )
    const faults: string[] = []
    const fault = (what: string): void => void faults.push(`item ${mark}: ${what}`)
    // a capture that lost packets cannot tell; the recording can
    const differ = off.most < on.least || off.least > on.most
    if (wire.lost === 0 && differ && off.end < wire.samples.length - HANG_UP_MS * 8)
      fault(`${off.most / 8} ms came to the phone, it recorded ${heardMs} ms`)
    if (truncates.length > 1) fault(`was truncated ${truncates.length} times`)
    if (truncatedMs !== null) {
      const [beyond, before] = [truncatedMs - heardMs, surelyHeardMs - truncatedMs]
      if (beyond > 0) fault(`truncated at ${truncatedMs} ms, ${beyond} ms beyond what was heard`)
      if (before >= BEFORE_MS) fault(`truncated at ${truncatedMs} ms, ${before} ms before the end of what was heard`)
      if (completed.has(item) && surelyHeardMs >= audioMs) fault('was fully heard, and truncated')
    }
    const [truncatedAt, addedAt] = [truncates[0]?.t ?? null, added.get(item) ?? 0]
    return { mark, audioMs, surelyHeardMs, heardMs, truncatedMs, truncatedAt, addedAt, faults }
  })
  return { judged, faults: recorded.faults.map(f => `in the recording ${f}`) }
}
