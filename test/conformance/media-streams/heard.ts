/** What a caller heard of each item, by its own recording, beside what the provider was told. */
import type { Recording } from '#simulators/caller/recording.ts'
import { decode, type Mark } from '#simulators/watermark/decode.ts'
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
  /** What was heard of it from the speech on that cut it, counted in its own audio; null: none did. */
  readonly afterSpeechMs: number | null
}

const PER_MS = 8
const FRAME = 160
const NO_SOUND = new Int16Array(0)

/** The session whose items this caller heard. */
export function sessionOf(recording: Recording | null, sessions: readonly SimSession[]): SimSession | undefined {
  const marks = decode(recording?.side('agent') ?? NO_SOUND)
  const count = (session: SimSession): number =>
    marks.filter(({ item }) => session.items.some(({ mark }) => mark === item)).length
  return sessions.filter(session => count(session) > 0).sort((a, b) => count(b) - count(a))[0]
}

/** How far an item had been heard by then, in samples of its own. */
function offsetAt(marks: readonly Mark[], sample: number): number {
  const last = marks.findLast(mark => mark.sampleIndex <= sample)
  return last === undefined ? 0 : last.frame * FRAME + Math.min(FRAME, sample - last.sampleIndex)
}

const own = (marks: readonly Mark[], item: number): Mark[] => marks.filter(mark => mark.item === item)

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
        afterSpeechMs:
          heard === null || speech === undefined
            ? null
            : Math.max(0, heard.endOffset - offsetAt(own(marks, mark), recording.sampleAt(speech.t))) / PER_MS,
      },
    ]
  })
}
