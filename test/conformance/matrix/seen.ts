/** What a simulated provider saw of a call and was told of it: the same things, whichever provider it is. */
import { eventsOf, type SimEvent, type SimSession, sessionsOf } from '#test/product/simulator-view.ts'
import { WORD_MS } from './words.ts'

export type ProviderName = 'OpenAI' | 'Gemini'

/** Words of the agent's that have sound. */
export interface SpokenItem {
  /** Its number in the watermark. */
  readonly mark: number
  /** That was sent. */
  readonly audioMs: number
  readonly text: string
}

/** What the model was told that the caller heard of an item. */
export interface Told {
  readonly mark: number
  readonly ms: number
  /** CLOCK_MONOTONIC, as all times here. */
  readonly at: number
}

export interface Seen {
  readonly sessions: readonly { readonly openedAt: number; readonly open: boolean; readonly closedAt: number | null }[]
  readonly items: readonly SpokenItem[]
  /** The caller was heard to begin. */
  readonly speech: readonly number[]
  readonly texts: readonly { readonly at: number; readonly text: string }[]
  readonly toolAnswers: readonly { readonly at: number; readonly text: string }[]
  readonly told: readonly Told[]
  /** Errors with which it answered. */
  readonly errors: readonly string[]
}

export interface Provider {
  readonly name: ProviderName
  /** Of spec.model. */
  model(url: string): Readonly<Record<string, unknown>>
  /** @param since sessions opened before are another call's */
  seen(url: string, since: number): Promise<Seen>
}

/** Silence that ends a turn of the caller's, at both. */
const TURN_SILENCE_MS = 400

export const PROVIDERS: readonly Provider[] = [
  {
    name: 'OpenAI',
    model: url => ({
      provider: 'OpenAI',
      openAI: {
        model: 'gpt-realtime-2.1',
        baseURL: `${url}/v1`,
        turnDetection: { type: 'server_vad', silence_duration_ms: TURN_SILENCE_MS },
      },
    }),
    seen: seenByOpenAI,
  },
  {
    name: 'Gemini',
    model: url => ({
      provider: 'Gemini',
      gemini: { model: 'gemini-3.8-live', baseURL: url, activityDetection: { silenceDurationMs: TURN_SILENCE_MS } },
    }),
    seen: seenByGemini,
  },
]

interface GeminiSession extends Omit<SimSession, 'items'> {
  readonly items: readonly { role: string; text: string; mark: number | null; sentMs: number }[]
}

/** Of the sessions of one call: events, and their ends. */
async function own(
  url: string,
  sessions: readonly { readonly id: string; readonly openedAt: number; readonly open: boolean }[],
): Promise<{ events: SimEvent[]; ends: Seen['sessions'] }> {
  const ids = new Set(sessions.map(({ id }) => id))
  const events = (await eventsOf(url)).filter(({ session }) => ids.has(session)).sort((a, b) => a.n - b.n)
  const ends = sessions.map(({ id, openedAt, open }) => {
    const closed = events.find(e => e.session === id && e.dir === 'sim' && e.type === 'closed')
    return { openedAt, open, closedAt: closed?.t ?? null }
  })
  return { events, ends }
}

async function seenByOpenAI(url: string, since: number): Promise<Seen> {
  const sessions = (await sessionsOf(url)).filter(({ openedAt }) => openedAt >= since)
  const { events, ends } = await own(url, sessions)
  const items = sessions.flatMap(s => s.items)
  const created = events.flatMap(({ dir, type, t, event }) => {
    const item = event?.['item'] as { type?: string; output?: string; content?: { text?: string }[] } | undefined
    return dir === 'in' && type === 'conversation.item.create' && item !== undefined ? [{ at: t, item }] : []
  })
  return {
    sessions: ends,
    items: items.flatMap(({ mark, audioMs, text }) =>
      mark === null || audioMs === 0 ? [] : [{ mark, audioMs, text }],
    ),
    speech: events.filter(e => e.dir === 'out' && e.type === 'input_audio_buffer.speech_started').map(e => e.t),
    texts: created.flatMap(({ at, item }) =>
      item.type === 'message' ? [{ at, text: item.content?.map(c => c.text ?? '').join('') ?? '' }] : [],
    ),
    toolAnswers: created.flatMap(({ at, item }) =>
      item.type === 'function_call_output' ? [{ at, text: item.output ?? '' }] : [],
    ),
    told: events.flatMap(({ dir, type, t, event }): Told[] => {
      if (dir !== 'in' || type !== 'conversation.item.truncate') return []
      const item = items.find(({ item: id }) => id === event?.['item_id'])
      return item === undefined || item.mark === null
        ? []
        : [{ mark: item.mark, ms: Number(event?.['audio_end_ms']), at: t }]
    }),
    errors: events
      .filter(e => e.dir === 'out' && e.type === 'error')
      .map(e => String((e.event?.['error'] as { message?: string } | undefined)?.message)),
  }
}

async function seenByGemini(url: string, since: number): Promise<Seen> {
  const all = (await sessionsOf(url)) as unknown as GeminiSession[]
  const sessions = all.filter(({ openedAt }) => openedAt >= since)
  const { events, ends } = await own(url, sessions)
  const items = sessions.flatMap(s =>
    s.items.flatMap(({ role, mark, sentMs, text }) =>
      role === 'model' && mark !== null ? [{ mark, audioMs: sentMs, text }] : [],
    ),
  )
  const incoming = events.filter(({ dir }) => dir === 'in')
  const texts = incoming.flatMap(({ t, event }) => {
    const { text } = (event?.['realtimeInput'] ?? {}) as { text?: string }
    return text === undefined ? [] : [{ at: t, text }]
  })
  const toolAnswers = incoming.flatMap(({ t, event }) => {
    const answers = event?.['toolResponse'] as { functionResponses?: readonly { response: object }[] } | undefined
    return (answers?.functionResponses ?? []).map(({ response }) => ({ at: t, text: JSON.stringify(response) }))
  })
  return {
    sessions: ends,
    items,
    speech: events
      .filter(e => e.type === 'activity.started' || JSON.stringify(e.event ?? {}).includes('"activityStart"'))
      .map(e => e.t),
    texts,
    toolAnswers,
    told: [...texts, ...toolAnswers].flatMap(({ at, text }) => notesIn(text, at, items)),
    errors: events.filter(e => e.type === 'refused').map(e => JSON.stringify(e.event)),
  }
}

/** Each word of a long item is a frame of its sound, so what was told in words is told in milliseconds. */
function notesIn(text: string, at: number, items: readonly { mark: number; text: string }[]): Told[] {
  return [...text.matchAll(/only this was heard: “([^”]*)”/g)].map(([, quoted = '']) => {
    const item = items.find(one => quoted !== '' && one.text.startsWith(quoted))
    return { mark: item?.mark ?? -1, ms: (quoted.match(/\S+/g)?.length ?? 0) * WORD_MS, at }
  })
}

/** Texts that a speech endpoint rendered, each with the number in its watermark. */
export async function renderedBy(url: string): Promise<SpokenItem[]> {
  const asked = (await eventsOf(url)).filter(({ type }) => type === 'audio.speech')
  return asked.map(({ event }) => ({
    mark: Number(event?.['mark']),
    audioMs: Number(event?.['ms']),
    text: String(event?.['input']),
  }))
}
