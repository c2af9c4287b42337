/** The WebSocket client of the `openai` package, over TLS as it insists, against our simulator. */
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import type { Report } from '#test/harness/report.ts'
import { certificate } from './certificate.ts'
import { type Conversation, converse, SIMULATED } from './conversation.ts'

/** The conversation on the simulator. */
export async function simulated(): Promise<Conversation> {
  const tls = certificate()
  const simulator = await startRealtimeSimulator({ script: SIMULATED, tls })
  try {
    const { baseURL } = simulator
    return await converse({ apiKey: 'sk-simulated', baseURL, model: 'gpt-realtime-2.1', options: { ca: tls.cert } })
  } finally {
    await simulator.close()
  }
}

const EXPECTED_ERRORS = ['response_cancel_not_active', 'input_audio_buffer_commit_empty']

export async function vendorClient(report: Report): Promise<void> {
  const talk = await simulated()
  const name = (what: string): string => `openai realtime/ws: ${what}`
  report.check(name('every phase of the conversation ends'), talk.stuck.length === 0, talk.stuck.join())
  report.check(
    name('the tool is called with its argument'),
    talk.calls.length === 1 && talk.calls[0]?.arguments === '{"day":"Tuesday"}',
    talk.calls.map(c => `${c.name}${c.arguments}`).join(),
  )
  report.check(
    name('no error but the two asked for'),
    talk.errors.join() === EXPECTED_ERRORS.join(),
    talk.errors.join(),
  )
  const dones = talk.entries.flatMap(({ dir, phase, event }) =>
    dir === 'in' && event.type === 'response.done' ? [`${phase}: ${event.response.status}`] : [],
  )
  report.check(
    name('statuses of the responses'),
    dones.map(d => d.split(': ')[1]).join() === 'completed,completed,completed,cancelled,completed,completed',
    dones.join(', '),
  )
}
