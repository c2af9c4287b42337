/** What a caller heard of each item, by its own recording, beside what the provider was told. */
import type { Recording } from '#simulators/caller/recording.ts'
import { decode } from '#simulators/watermark/decode.ts'
import { heardOf } from '#simulators/watermark/heard.ts'
import type { SimEvent, SimSession } from '#test/product/simulator-view.ts'

export interface Heard {
  readonly mark: number
  readonly audioMs: number
  /** From its beginning. */
  readonly heardMs: number
  /** Frames between its first and its last that were not heard. */
  readonly missing: number
  /** null: it was not truncated. */
  readonly truncatedMs: number | null
  /** CLOCK_MONOTONIC of its last sample; null: nothing was heard. */
  readonly endedAt: number | null
  /** The speech that cut it; null: none did. */
  readonly speechAt: number | null
}

const PER_MS = 8
const NO_SOUND = new Int16Array(0)

/** The session whose items this caller heard. */
export function sessionOf(recording: Recording | null, sessions: readonly SimSession[]): SimSession | undefined {
  const marks = decode(recording?.side('agent') ?? NO_SOUND)
  const count = (session: SimSession): number =>
    marks.filter(({ item }) => session.items.some(({ mark }) => mark === item)).length
  return sessions.filter(session => count(session) > 0).sort((a, b) => count(b) - count(a))[0]
}

export function heardBy(
  recording: Recording | null,
  session: SimSession | undefined,
  events: readonly SimEvent[],
): Heard[] {
  if (!recording || !session) return []
  const sound = recording.side('agent')
  const marks = decode(sound)
  return session.items.flatMap(({ item, mark, audioMs, truncatedMs }) => {
    if (mark === null || audioMs === 0) return []
    const heard = heardOf(sound, marks, mark)
    const told = events.find(
      e => e.dir === 'in' && e.type === 'conversation.item.truncate' && e.event?.['item_id'] === item,
    )
    const speech = told && events.findLast(e => e.type === 'input_audio_buffer.speech_started' && e.t <= told.t)
    return [
      {
        mark,
        audioMs,
        heardMs: heard === null ? 0 : heard.endOffset / PER_MS,
        missing: heard?.missing.length ?? 0,
        truncatedMs,
        endedAt: heard === null ? null : recording.timeOf(heard.endSample),
        speechAt: speech?.t ?? null,
      },
    ]
  })
}
