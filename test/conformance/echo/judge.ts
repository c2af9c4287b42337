/** Judges one call with echo: what came to the phone, against what the provider said and was told. Knows nothing of how the product works. */
import { utter } from '#simulators/realtime/utterance.ts'
import { expand } from '#simulators/speech/g711.ts'
import { clips } from '#simulators/speech/library.ts'
import { sampleAt, timeOf, type Wire } from '#test/measure/wire.ts'
import type { SimEvent, SimItem } from '#test/product/simulator-view.ts'
import type { Kind } from './plan.ts'
import { type Playback, playbackOf } from './playback.ts'
import type { Said } from './speaker-phone.ts'

export interface Evidence {
  readonly kind: Kind
  /** When the caller spoke. */
  readonly says: readonly Said[]
  /** The provider's events of this call's session, and its items. */
  readonly events: readonly SimEvent[]
  readonly items: readonly SimItem[]
  readonly wire: Wire
}

/** The caller spoke over the agent. */
export interface DoubleTalk {
  /** From the caller's first sound to the agent's last. */
  readonly stopMs: number
  /** From the caller's first sound until the provider was told what had been heard; null: it never was. */
  readonly toldMs: number | null
}

export interface Judgement {
  /** The agent's voice that nobody spoke over, as far as it was heard: so much echo came back. */
  readonly echoMs: number
  /** Responses that echo alone cut short, cancelled or made the agent give. */
  readonly falseBargeIns: readonly string[]
  /** Moments at which the agent stood still and went on, no caller speaking: ms each. */
  readonly pauses: readonly number[]
  /** Time for which no packets came: the machine was too busy. No pause, for a pause sends silence. */
  readonly stallsMs: number
  /** Responses that the provider began by itself to an echo, and of which nobody heard anything. */
  readonly unheard: number
  readonly doubleTalk: readonly DoubleTalk[]
}

interface Played {
  readonly response: string
  readonly createdAt: number
  readonly audioMs: number
  readonly truncatedAt: number | null
  readonly playback: Playback
  readonly from: number
  readonly to: number
}

/** An item begins to be heard within this, once it was announced and those before it are over. */
const BEGINS_MS = 2500
const PER_MS = 8
/** A pause that began so shortly before the caller's first sound could not know of it; one that begins later may. */
const KNOWS_MS = 20

export function judge(evidence: Evidence): Judgement {
  const { says } = evidence
  const cancelled = new Map<unknown, number>()
  for (const { dir, type, t, event } of evidence.events)
    if (dir === 'in' && type === 'response.cancel') cancelled.set(event?.['response_id'], t)
  const played = playedOf(evidence)
  const truncations = truncationsOf(evidence.events)
  const falseBargeIns: string[] = []
  const pauses: number[] = []
  const doubleTalk: DoubleTalk[] = []
  let echoMs = 0
  let stallsMs = 0
  let before = Number.NEGATIVE_INFINITY
  for (const items of responsesOf(played)) {
    // Captures lose packets on a busy machine; their numbers tell.
    const holes = sum(items, i => i.playback.lost)
    if (holes > 0 && evidence.wire.lost === 0)
      falseBargeIns.push(`${items[0]?.response}: ${holes} samples were left out`)
    const [from, to] = [items[0]?.from ?? 0, Math.max(...items.map(i => i.to))]
    const { response = '', createdAt = 0 } = items[0] ?? {}
    // Where it would have ended: a caller who spoke before that spoke over it.
    const whole = from + sum(items, i => i.audioMs)
    const over = says.find(s => s.from > from && s.from < Math.max(to, whole))
    const silentUntil = over?.from ?? Number.POSITIVE_INFINITY
    for (const { playback } of items)
      for (const { sample, ms } of playback.pauses)
        if (timeOf(evidence.wire, sample) >= silentUntil + KNOWS_MS) continue
        else if (sent(evidence.wire, sample, ms)) pauses.push(ms)
        else stallsMs += ms
    if (before > 0 && !says.some(s => s.to > before && s.from < createdAt))
      falseBargeIns.push(`${response} answers nobody`)
    before = createdAt
    const cutAt = Math.min(
      ...items.map(i => Math.min(i.truncatedAt ?? Infinity, cancelled.get(i.response) ?? Infinity)),
    )
    if (over === undefined || cutAt < over.from) {
      const why = cutBy(items, cancelled)
      if (why !== null) falseBargeIns.push(`${response}: ${why}`)
      else echoMs += to - from
      continue
    }
    echoMs += Math.min(to, over.from) - from
    const told = (truncations.get(response) ?? []).filter(t => t >= over.from)
    doubleTalk.push({
      stopMs: Math.max(0, to - over.from),
      toldMs: told.length === 0 ? null : Math.min(...told) - over.from,
    })
  }
  const heard = new Set<unknown>(played.map(p => p.response))
  const unheard = [...cancelled.keys()].filter(id => !heard.has(id)).length
  return { echoMs, falseBargeIns, pauses, stallsMs, unheard, doubleTalk }
}

/** When something of a response was truncated, whether or not a sound of that item was heard: of one that begins quietly there may be none. */
function truncationsOf(events: readonly SimEvent[]): Map<string, number[]> {
  const responses = new Map<unknown, string>()
  const at = new Map<string, number[]>()
  for (const { dir, type, t, event } of events) {
    const id = (event?.['item'] as { id?: unknown } | undefined)?.id
    if (type === 'response.output_item.added') responses.set(id, String(event?.['response_id']))
    if (dir !== 'in' || type !== 'conversation.item.truncate') continue
    const response = responses.get(event?.['item_id']) ?? ''
    at.set(response, [...(at.get(response) ?? []), t])
  }
  return at
}

const sum = <T>(of: readonly T[], value: (one: T) => number): number => of.reduce((total, one) => total + value(one), 0)

/** Whether packets, if silent ones, came for this stretch. */
function sent(wire: Wire, sample: number, ms: number): boolean {
  return wire.packets.some(p => p.sample >= sample && p.sample < sample + ms * PER_MS)
}

function cutBy(items: readonly Played[], cancelled: ReadonlyMap<unknown, number>): string | null {
  const short = items.find(i => i.playback.heard < i.audioMs * PER_MS)
  if (short !== undefined) return `${Math.round(short.playback.heard / PER_MS)} of ${short.audioMs} ms were heard`
  if (items.some(i => i.truncatedAt !== null)) return 'was truncated'
  return cancelled.has(items[0]?.response) ? 'was cancelled' : null
}

function responsesOf(played: readonly Played[]): Played[][] {
  const responses = new Map<string, Played[]>()
  for (const p of played) responses.set(p.response, [...(responses.get(p.response) ?? []), p])
  return [...responses.values()]
}

/** Items of which something was heard, in order. */
function playedOf({ kind, events, items, wire }: Evidence): Played[] {
  const created = new Map<unknown, number>()
  const added = new Map<unknown, { at: number; response: string }>()
  const truncated = new Map<unknown, number>()
  const cutAt = new Map<unknown, number>()
  const cut = (response: unknown, t: number): void => void cutAt.set(response, Math.min(t, cutAt.get(response) ?? t))
  for (const { dir, type, t, event } of events) {
    const id = (event?.['item'] as { id?: unknown } | undefined)?.id
    if (type === 'response.created') created.set((event?.['response'] as { id?: unknown } | undefined)?.id, t)
    if (type === 'response.output_item.added') added.set(id, { at: t, response: String(event?.['response_id']) })
    if (dir !== 'in') continue
    if (type === 'response.cancel') cut(event?.['response_id'], t)
    if (type !== 'conversation.item.truncate') continue
    truncated.set(event?.['item_id'], t)
    cut(added.get(event?.['item_id'])?.response, t)
  }
  const played: Played[] = []
  let last = 0
  for (const { item, mark, audioMs, role } of items) {
    const known = added.get(item)
    if (known === undefined || role !== 'assistant' || mark === null || audioMs === 0) continue
    const earliest = Math.max(known.at, timeOf(wire, last))
    // What follows the cut of a response and says the same words is another one.
    const after = cutAt.get(known.response) ?? Infinity
    const next = Math.min(...[...created.values()].filter(t => t > after))
    const latest = Math.min(earliest + BEGINS_MS, next)
    const [from, to] = [earliest - 20, latest].map(t => Math.max(last, sampleAt(wire, t)))
    const playback = speechesOf(kind, item, mark, audioMs, events).reduce<Playback | null>(
      (found, speech) => found ?? playbackOf(wire.samples, speech, from ?? 0, to ?? 0),
      null,
    )
    if (playback === null) continue
    last = playback.to
    played.push({
      response: known.response,
      createdAt: created.get(known.response) ?? known.at,
      audioMs,
      truncatedAt: truncated.get(item) ?? null,
      playback,
      from: timeOf(wire, playback.from),
      to: timeOf(wire, playback.to),
    })
  }
  return played
}

/**
 * What the provider sent of the item: by its number and length, or the recorded words that begin with what it told of them (a response that
 * was cut has told a part only).
 */
function speechesOf(
  kind: Kind,
  item: string,
  mark: number,
  audioMs: number,
  events: readonly SimEvent[],
): Int16Array[] {
  if (kind === 'watermark') return [expand('ulaw', utter(kind, '', mark, audioMs).read(0, audioMs))]
  const said = events
    .filter(e => e.type === 'response.output_audio_transcript.delta' && e.event?.['item_id'] === item)
    .map(e => String(e.event?.['delta']))
    .join('')
    .trim()
  return clips()
    .filter(c => c.voice === 'agent' && said !== '' && c.text.startsWith(said))
    .map(c => expand('ulaw', c.ulaw).subarray(0, audioMs * PER_MS))
}
