import * as fc from 'fast-check'
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SessionCommand, SessionConfig } from '#runtime/call/ports.ts'
import { command } from './commands.ts'
import { receive } from './protocol.ts'
import { audio } from './responses.ts'
import { createState, type OpenAIState, type Out } from './state.ts'

const CONFIG: SessionConfig = {
  model: 'm',
  instructions: '',
  tools: [],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: { turnDetection: { type: 'semantic_vad', eagerness: 'low' } },
  metadata: {},
}
const UPDATED = { type: 'session.updated', event_id: 'e', session: {} }

let state: OpenAIState
let out: Out

function begin(over: Partial<SessionConfig> = {}): void {
  state = createState({ ...CONFIG, ...over }, [])
  out = { events: [], send: [] }
  receive(state, { type: 'session.created', event_id: 'e', session: {} }, out)
  receive(state, UPDATED, out)
  out.events.length = 0
  out.send.length = 0
}
beforeEach(() => begin())

/** What is sent, without the ids. */
function sent(c: SessionCommand): Omit<RealtimeClientEvent, 'event_id'>[] {
  const from = out.send.length
  command(state, c, out)
  return out.send.slice(from).map(({ event_id, ...event }) => {
    expect(event_id).toMatch(new RegExp(`^sb_\\d+_${c.do}$`))
    return event
  })
}

describe('commands on the wire', () => {
  test.each<[SessionCommand, Omit<RealtimeClientEvent, 'event_id'>]>([
    [{ do: 'respond' }, { type: 'response.create', response: {} } as RealtimeClientEvent],
    [
      { do: 'respond', instructions: 'Be brief.', tools: false },
      { type: 'response.create', response: { instructions: 'Be brief.', tool_choice: 'none' } } as RealtimeClientEvent,
    ],
    [{ do: 'cancel', response: 'r' }, { type: 'response.cancel', response_id: 'r' } as RealtimeClientEvent],
    [
      { do: 'tell', role: 'caller', text: 'keys: 1' },
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'keys: 1' }] },
      } as RealtimeClientEvent,
    ],
    [
      { do: 'tell', role: 'system', text: 'note' },
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'note' }] },
      } as RealtimeClientEvent,
    ],
    [
      { do: 'toolResult', call: 'c', output: '{}' },
      {
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: 'c', output: '{}' },
      } as RealtimeClientEvent,
    ],
    [{ do: 'clearInput' }, { type: 'input_audio_buffer.clear' }],
  ])('%o', (c, event) => {
    expect(sent(c)).toEqual([event])
  })

  test('say: the text as it stands, in the conversation, without tools', () => {
    const text = 'Guten Tag!\n"Praxis" Dr. Weiß.'
    const [event] = sent({ do: 'respond', say: text })
    const { response } = event as unknown as { response: Record<string, unknown> }
    expect(Object.keys(response).sort()).toEqual(['instructions', 'tool_choice'])
    expect(response['tool_choice']).toBe('none')
    expect(response['instructions']).toContain(`\n=====\n${text}\n=====`)
  })

  test('metadata goes with the responses we create, within the vendor’s limits', () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`k${i}`.padEnd(80, 'x'), 'v'.repeat(600)]),
    )
    begin({ metadata })
    const [event] = sent({ do: 'respond' }) as unknown as [{ response: { metadata: Record<string, string> } }]
    const pairs = Object.entries(event.response.metadata)
    expect(pairs).toHaveLength(16)
    expect(pairs.every(([k, v]) => k.length === 64 && v.length === 512)).toBe(true)
  })

  test('before ready nothing is sent, and the sender is told; after the end, neither', () => {
    state = createState(CONFIG, [])
    expect(sent({ do: 'respond' })).toEqual([])
    expect(out.events).toMatchObject([{ type: 'error', code: 'SB_SESSION_NOT_READY', command: 'respond' }])
    state.phase = 'closed'
    expect(sent({ do: 'respond' })).toEqual([])
    expect(out.events).toHaveLength(1)
  })

  test('ids never repeat', () => {
    for (let i = 0; i < 50; i++) command(state, { do: 'respond' }, out)
    expect(new Set(out.send.map(e => e.event_id)).size).toBe(50)
  })
})

describe('truncation', () => {
  const BYTES = 8 * 500 // 500 ms
  beforeEach(() => {
    receive(state, { type: 'response.created', response: { id: 'r' } }, out)
    audio(state, 'r', 'i', BYTES, out)
  })
  const cut = (item: string, heardMs: number): unknown =>
    (sent({ do: 'truncate', item, heardMs }) as unknown as { audio_end_ms: number }[]).map(e => e.audio_end_ms)
  const finish = (): void => receive(state, { type: 'response.done', response: { id: 'r', status: 'completed' } }, out)

  test('names the item, its audio part, and whole milliseconds', () => {
    expect(sent({ do: 'truncate', item: 'i', heardMs: 120.9 })).toEqual([
      { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 120 },
    ])
  })

  test('an item nobody heard is cut to nothing, even when its audio came after the cancel', () => {
    expect(cut('i', 0)).toEqual([0])
    command(state, { do: 'cancel', response: 'r' }, out)
    audio(state, 'r', 'late', BYTES, out)
    finish()
    expect(cut('late', 0)).toEqual([0])
  })

  test('never beyond what came', () => {
    expect(cut('i', 900)).toEqual([500])
  })

  test('an item heard to its end is left alone, once it is known to be the end', () => {
    expect(cut('i', 500)).toEqual([500])
    finish()
    expect(cut('i', 500)).toEqual([])
    expect(cut('i', 499)).toEqual([499])
  })

  test('only the agent’s audio: not the caller’s items, not text, not what was never seen', () => {
    receive(state, { type: 'response.output_text.delta', response_id: 'r', item_id: 't', delta: 'x' }, out)
    receive(state, { type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'u' }, out)
    for (const item of ['t', 'u', 'clip', '__proto__', 'constructor']) expect(cut(item, 0)).toEqual([])
  })

  test('always an integer within what came', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), heard => {
        for (const ms of cut('i', heard) as number[]) {
          expect(Number.isInteger(ms)).toBe(true)
          expect(ms).toBeGreaterThanOrEqual(0)
          expect(ms).toBeLessThanOrEqual(Math.min(500, Math.max(0, heard)))
        }
      }),
    )
  })
})

describe('who creates responses', () => {
  const updates = (): boolean[] =>
    out.send.flatMap(e => {
      if (e.type !== 'session.update') return []
      const session = e.session as unknown as { audio: { input: { turn_detection: Record<string, unknown> } } }
      expect(session.audio.input.turn_detection).toMatchObject({
        type: 'semantic_vad',
        eagerness: 'low',
        interrupt_response: false,
      })
      return [session.audio.input.turn_detection['create_response'] as boolean]
    })

  test('one update at a time; the last wish wins', () => {
    for (const on of [false, true, false, true, false]) command(state, { do: 'autoRespond', on }, out)
    expect(updates()).toEqual([false])
    receive(state, UPDATED, out)
    expect(updates()).toEqual([false])
    command(state, { do: 'autoRespond', on: true }, out)
    expect(updates()).toEqual([false, true])
    command(state, { do: 'autoRespond', on: false }, out)
    receive(state, UPDATED, out)
    expect(updates()).toEqual([false, true, false])
  })

  test('what the server already does is not asked again', () => {
    command(state, { do: 'autoRespond', on: true }, out)
    expect(updates()).toEqual([])
  })

  test('a wish before ready is kept', () => {
    state = createState({ ...CONFIG, responses: 'switchboard' }, [])
    command(state, { do: 'autoRespond', on: true }, out)
    receive(state, { type: 'session.created', session: {} }, out)
    expect(updates()).toEqual([false])
    receive(state, UPDATED, out)
    expect(updates()).toEqual([false, true])
    expect(out.events).toEqual([{ type: 'ready' }])
  })

  test.each([
    ['by its id', { event_id: 'sb_9_autoRespond' }],
    ['by its field', { event_id: null, param: 'session.audio.input.turn_detection' }],
  ])('a refused update, told %s, does not block the next, and is not repeated', (_name, over) => {
    command(state, { do: 'autoRespond', on: false }, out)
    const error = { type: 'invalid_request_error', code: 'invalid_value', message: 'no', ...over }
    receive(state, { type: 'error', event_id: 'e', error }, out)
    expect(updates()).toEqual([false])
    expect(out.events).toMatchObject([{ type: 'error', code: 'invalid_value' }])
    command(state, { do: 'autoRespond', on: true }, out)
    expect(updates()).toEqual([false, true])
  })
})

test('the state is a plain value: half a session survives a copy through JSON', () => {
  receive(state, { type: 'response.created', response: { id: 'r' } }, out)
  audio(state, 'r', 'i', 800, out)
  state = JSON.parse(JSON.stringify(state)) as OpenAIState
  out.events.length = 0
  receive(state, { type: 'response.done', response: { id: 'r', status: 'completed' } }, out)
  expect(out.events).toMatchObject([{ type: 'itemDone' }, { type: 'responseDone', items: 1 }])
})

test('state stays small however long a session lasts', () => {
  for (let i = 0; i < 2000; i++) {
    receive(state, { type: 'response.created', response: { id: `r${i}` } }, out)
    audio(state, `r${i}`, `i${i}`, 800, out)
    const item = { type: 'function_call', call_id: `c${i}`, name: 'f', arguments: '{}' }
    receive(state, { type: 'response.done', response: { id: `r${i}`, status: 'completed', output: [item] } }, out)
  }
  expect(JSON.stringify(state).length).toBeLessThan(40_000)
})
