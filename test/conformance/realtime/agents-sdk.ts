/** `@openai/agents` as it is installed, in conversation with our simulator: greeting, tool, two barge-ins. */
import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  RealtimeSession,
  type TransportEvent,
  tool,
} from '@openai/agents/realtime'
import { z } from 'zod'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import type { Report } from '#test/harness/report.ts'
import { type Format, speak } from './caller-audio.ts'
import { pause, until } from './wait.ts'

const MODEL = 'gpt-realtime-2.1'
const OFFER = `I have Tuesday at ten or at three. Which one suits you? The one at ten is with Doctor Lee, and the one at \
three is with Doctor Grant. If neither of them suits you, I can look at another day of the week for you.`
const BOOKED =
  'Tuesday at three it is. Please key in the last four digits of your phone number, so that we can reach you.'
const SCRIPT = {
  turns: [
    { on: 'start' as const, say: 'Acme Dental, how can I help?' },
    {
      on: 'caller' as const,
      heard: 'Hello, I would like an appointment on Tuesday, please.',
      call: 'find_appointment',
      arguments: { day: 'Tuesday' },
    },
    { on: 'tool' as const, say: OFFER },
    { on: 'caller' as const, heard: "Three o'clock, please.", say: BOOKED },
    { on: 'caller' as const, heard: 'Stop.', say: 'Goodbye.' },
  ],
}
const BYTES_PER_MS = { pcmu: 8, pcm24: 48 } as const
const WIRE = { pcmu: { type: 'audio/pcmu' }, pcm24: { type: 'audio/pcm', rate: 24_000 } } as const

export async function agentsSdk(report: Report, format: Format): Promise<void> {
  const simulator = await startRealtimeSimulator({ script: SCRIPT })
  const name = (what: string): string => `@openai/agents, ${format === 'pcmu' ? 'µ-law' : '24 kHz PCM'}: ${what}`
  const asked: string[] = []
  const findAppointment = tool({
    name: 'find_appointment',
    description: 'Finds free appointments on a day.',
    parameters: z.object({ day: z.string() }),
    execute: ({ day }) => {
      asked.push(day)
      return JSON.stringify({ slots: ['10:00', '15:00'] })
    },
  })
  const agent = new RealtimeAgent({
    name: 'reception',
    instructions: 'You are a receptionist.',
    tools: [findAppointment],
  })
  const transport = new OpenAIRealtimeWebSocket({ url: `${simulator.url}?model=${MODEL}` })
  const session = new RealtimeSession(agent, {
    transport,
    model: MODEL,
    config: {
      audio: {
        input: { format: WIRE[format], transcription: { model: 'whisper-1' } },
        output: { format: WIRE[format] },
      },
    },
  })
  const errors: unknown[] = []
  const wire: TransportEvent[] = []
  let bytes = 0
  let interruptions = 0
  session.on('error', error => errors.push(error))
  session.on('audio', event => (bytes += event.data.byteLength))
  session.on('audio_interrupted', () => interruptions++)
  session.on('transport_event', event => wire.push(event))
  const count = (type: string): number => wire.filter(e => e.type === type).length
  const send = (piece: Buffer): void =>
    session.sendAudio(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.length) as ArrayBuffer)
  const said = (): string => JSON.stringify(session.history)

  try {
    await session.connect({ apiKey: 'sk-simulated' })
    report.check(name('connects and configures its session'), await until(() => count('session.updated') > 0))

    transport.requestResponse()
    await until(() => count('response.done') > 0)
    report.check(name('plays the greeting'), bytes > 0 && said().includes('how can I help'), `${bytes} bytes`)

    await until(() => said().includes('how can I help'))
    // The client counts a greeting that still plays as interrupted.
    await pause(bytes / BYTES_PER_MS[format] + 200)
    await speak('ask', format, send)
    report.check(name('calls the tool with its arguments'), await until(() => asked.length > 0), asked.join())
    report.check(name('shows what the caller said'), await until(() => said().includes('an appointment on Tuesday')))

    bytes = 0
    await until(() => bytes > 0)
    await pause(600)
    // The client tells its player of every barge-in, that after a greeting heard to its end included.
    const told = interruptions
    const before = count('response.done')
    await speak('three', format, send)
    report.check(
      name('is interrupted while the model generates'),
      interruptions === told + 1,
      `${interruptions - told} interruption`,
    )
    await until(() => count('response.done') > before)
    const cancelled = wire.filter(e => e.type === 'response.done').at(before) as
      | { response?: { status?: string } }
      | undefined
    report.check(name('the interrupted response is cancelled'), cancelled?.response?.status === 'cancelled')
    report.check(name('truncates what was not heard'), await until(() => count('conversation.item.truncated') === 1))

    await until(() => count('response.done') > before + 1)
    await pause(300)
    await speak('stop', format, send)
    report.check(
      name('is interrupted after response.done, while its audio still plays'),
      await until(() => interruptions === told + 2 && count('conversation.item.truncated') === 2),
      `${interruptions - told} interruptions, ${count('conversation.item.truncated')} truncations`,
    )
    await until(() => said().includes('Goodbye'))
    report.check(name('hears the last answer'), said().includes('Goodbye'))
    report.check(
      name('met no error'),
      errors.length === 0 && count('error') === 0,
      JSON.stringify(errors).slice(0, 200),
    )
    const cut = simulator.sessions[0]?.items.filter(i => i.truncatedMs !== null) ?? []
    const beyond = cut.filter(i => (i.truncatedMs ?? 0) > i.audioMs)
    report.row({
      name: name('items truncated beyond their audio'),
      value: beyond.length,
      aim: '0',
      ok: beyond.length === 0,
    })
  } finally {
    session.close()
    await simulator.close()
  }
}
