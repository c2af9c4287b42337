/** One conversation by the vendor's own WebSocket client: the same against the simulator and against the live API. */
import { OpenAI } from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import type { ClientOptions } from 'ws'
import { speak } from './caller-audio.ts'
import { until } from './wait.ts'

export interface Entry {
  readonly dir: 'in' | 'out'
  readonly phase: string
  readonly event: RealtimeClientEvent | RealtimeServerEvent
}

export interface Conversation {
  readonly entries: readonly Entry[]
  /** Phases that did not reach their end. */
  readonly stuck: readonly string[]
  readonly errors: readonly string[]
  readonly calls: readonly { name: string; arguments: string }[]
}

export interface Vendor {
  readonly apiKey: string
  readonly baseURL: string
  readonly model: string
  readonly options?: ClientOptions
}

const INSTRUCTIONS = `You are the receptionist of a dental practice. When the caller wants an appointment on a day, call find_appointment \
with that day at once, without saying anything first. Answer in one short sentence unless asked for more.`
const TOOL = {
  type: 'function',
  name: 'find_appointment',
  description: 'Finds free appointments on a day of the week.',
  parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
} as const

const PHASE_MS = 30_000

/** Greeting, a spoken request, a tool call and its answer, a barge-in with truncation, a text turn, and two expected errors. */
export async function converse(vendor: Vendor): Promise<Conversation> {
  const entries: Entry[] = []
  const stuck: string[] = []
  const errors: string[] = []
  let phase = 'open'
  const client = new OpenAI({ apiKey: vendor.apiKey, baseURL: vendor.baseURL })
  const socket = new OpenAIRealtimeWS(
    { model: vendor.model, ...(vendor.options ? { options: vendor.options } : {}) },
    client,
  )
  socket.on('event', event => entries.push({ dir: 'in', phase, event }))
  socket.on('error', error => errors.push(error.error?.code ?? error.error?.message ?? error.message))
  const send = (event: RealtimeClientEvent): void => {
    entries.push({ dir: 'out', phase, event })
    socket.send(event)
  }
  const events = (type: string): RealtimeServerEvent[] =>
    entries.flatMap(e =>
      e.dir === 'in' && e.phase === phase && e.event.type === type ? [e.event as RealtimeServerEvent] : [],
    )
  const got = (type: string, times = 1): Promise<boolean> => until(() => events(type).length >= times, PHASE_MS)
  const step = async (name: string, run: () => Promise<boolean>): Promise<void> => {
    phase = name
    if (!(await run())) stuck.push(name)
  }
  const talk = (line: string): Promise<void> =>
    speak(line, 'pcmu', piece => send({ type: 'input_audio_buffer.append', audio: piece.toString('base64') }))

  try {
    await step('open', () => got('session.created'))
    await step('configure', () => {
      send({ type: 'session.update', event_id: 'configure', session: SESSION })
      return got('session.updated')
    })
    await step('greeting', () => {
      send({ type: 'response.create', response: { instructions: 'Say exactly: "Acme Dental, how can I help?"' } })
      return got('response.done')
    })
    await step('tool call', async () => {
      await talk('ask')
      return got('response.done')
    })
    const calls = events('response.function_call_arguments.done') as {
      call_id: string
      name: string
      arguments: string
    }[]
    await step('tool result', () => {
      for (const { call_id } of calls) {
        const output = '{"slots":["10:00 Dr Lee","15:00 Dr Grant"]}'
        send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id, output } })
      }
      send({ type: 'response.create' })
      return got('response.done')
    })
    await step('barge-in', async () => {
      send({ type: 'response.create', response: { instructions: 'Describe at length how to find the practice.' } })
      if (!(await got('response.output_audio.delta', 3))) return false
      await talk('stop')
      if (!(await got('response.done', 2))) return false
      const item = events('response.output_audio.delta')[0] as { item_id: string }
      send({ type: 'conversation.item.truncate', item_id: item.item_id, content_index: 0, audio_end_ms: 100 })
      return got('conversation.item.truncated')
    })
    await step('text turn', async () => {
      const content = [{ type: 'input_text', text: 'Keys pressed by the caller: 1 2 3 4' }] as const
      send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [...content] } })
      send({ type: 'response.create', response: { output_modalities: ['text'] } })
      return got('response.done')
    })
    await step('cancel of nothing', () => {
      send({ type: 'response.cancel', event_id: 'nothing' })
      return got('error')
    })
    await step('commit of nothing', async () => {
      send({ type: 'input_audio_buffer.clear' })
      send({ type: 'input_audio_buffer.commit', event_id: 'empty' })
      return got('error')
    })
    return { entries, stuck, errors, calls }
  } finally {
    socket.close()
  }
}

const SESSION = {
  type: 'realtime',
  instructions: INSTRUCTIONS,
  output_modalities: ['audio'] as ['audio'],
  audio: {
    input: {
      format: { type: 'audio/pcmu' },
      transcription: { model: 'gpt-4o-mini-transcribe' },
      turn_detection: { type: 'server_vad', silence_duration_ms: 500, create_response: true, interrupt_response: true },
    },
    output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
  },
  tools: [TOOL] as [typeof TOOL],
} as const

/** What the simulator must do for this conversation to run as the live one should. */
export const SIMULATED = {
  turns: [
    {
      on: 'caller' as const,
      heard: 'Hello, I would like an appointment on Tuesday, please.',
      call: 'find_appointment',
      arguments: { day: 'Tuesday' },
    },
    { on: 'tool' as const, say: 'I have Tuesday at ten or at three.' },
    {
      on: 'instructions' as const,
      match: 'how to find',
      say: 'We are on the second floor of the green building.',
      ms: 17_000,
    },
    { on: 'caller' as const, heard: 'Stop.', say: 'All right, that is done.' },
    { on: 'text' as const, say: 'Thank you, I have your digits.' },
  ],
}
