/** `@google/genai` as it is installed, in conversation with our simulator: words, a tool, an interruption, a goAway and a resumption. */
import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai'
import { startGeminiSimulator } from '#simulators/gemini/start.ts'
import type { Report } from '#test/harness/report.ts'
import { pause, until } from '../realtime/wait.ts'
import { speak } from './caller-audio.ts'
import { OFFER, SCRIPT } from './script.ts'

const MODEL = 'gemini-3.8-live'
const TOOL = {
  name: 'find_appointment',
  description: 'Finds free appointments.',
  parametersJsonSchema: { type: 'object' },
}

interface Talk {
  readonly session: Session
  readonly got: LiveServerMessage[]
  readonly closed: { code?: number; reason?: string }[]
}

export async function vendorClient(report: Report): Promise<void> {
  const simulator = await startGeminiSimulator({ script: SCRIPT, badKeys: ['bad'] })
  const name = (what: string): string => `@google/genai: ${what}`
  const connect = async (handle?: string, apiKey = 'simulated'): Promise<Talk> => {
    const got: LiveServerMessage[] = []
    const closed: Talk['closed'] = []
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: simulator.baseURL } })
    const session = await client.live.connect({
      model: MODEL,
      config: {
        responseModalities: [Modality.AUDIO],
        tools: [{ functionDeclarations: [TOOL] }],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        sessionResumption: handle === undefined ? {} : { handle },
      },
      callbacks: { onmessage: message => got.push(message), onclose: event => closed.push(event) },
    })
    return { session, got, closed }
  }
  const has = (talk: Talk, what: (m: LiveServerMessage) => unknown, from = 0): boolean =>
    talk.got.slice(from).some(m => Boolean(what(m)))
  const said = (talk: Talk, from = 0): string =>
    talk.got
      .slice(from)
      .map(m => m.serverContent?.outputTranscription?.text ?? '')
      .join('')
  const turnOver = (m: LiveServerMessage): unknown => m.serverContent?.turnComplete
  const talk = await connect()
  const say = (line: string): Promise<void> =>
    speak(line, data => talk.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } }))
  try {
    report.check(
      name('connects, and is set up'),
      has(talk, m => m.setupComplete),
    )
    talk.session.sendRealtimeInput({ text: 'Say exactly: "Acme Dental, how can I help?"' })
    report.check(
      name('hears the greeting'),
      await until(() => has(talk, turnOver) && said(talk).includes('how can I help')),
    )
    const bytes = talk.got.reduce((sum, m) => sum + Buffer.byteLength(m.data ?? '', 'base64'), 0)
    report.check(name('in 24 kHz sound'), bytes > 48_000, `${bytes} bytes`)
    report.check(
      name('is told what it cost'),
      has(talk, m => (m.usageMetadata?.promptTokenCount ?? 0) > 0),
    )

    await say('ask')
    await until(() => has(talk, m => m.toolCall))
    const calls = talk.got.flatMap(m => m.toolCall?.functionCalls ?? [])
    report.check(name('calls the tool with its arguments'), calls.length === 1 && calls[0]?.args?.['day'] === 'Tuesday')
    report.check(
      name('shows what the caller said'),
      talk.got
        .map(m => m.serverContent?.inputTranscription?.text ?? '')
        .join('')
        .includes('an appointment on Tuesday'),
    )
    const before = talk.got.length
    for (const { id, name: tool } of calls)
      talk.session.sendToolResponse({
        functionResponses: { id: id ?? '', name: tool ?? '', response: { output: '15:00' } },
      })
    report.check(name('speaks with the answer'), await until(() => said(talk, before).length > 20))

    await say('three')
    report.check(name('is interrupted'), await until(() => has(talk, m => m.serverContent?.interrupted, before)))
    const kept = simulator.sessions[0]?.items.find(i => i.interrupted)
    report.check(
      name('and keeps what was sent, no more'),
      kept !== undefined && OFFER.startsWith(kept.text.trim()) && kept.sentMs < kept.wholeMs,
      `${Math.round(kept?.sentMs ?? 0)} of ${Math.round(kept?.wholeMs ?? 0)} ms`,
    )
    report.check(
      name('answers what was said'),
      await until(() => said(talk, before).includes('Tuesday at three it is')),
    )

    const handles = (): string[] => talk.got.flatMap(m => m.sessionResumptionUpdate?.newHandle ?? [])
    const known = handles().length
    await until(() => handles().length > known || has(talk, turnOver, before + 40), 4000)
    simulator.inject({ kind: 'goAway', timeLeftMs: 300 })
    report.check(
      name('is told that the server will go'),
      await until(() => has(talk, m => m.goAway?.timeLeft === '0.3s')),
    )
    report.check(
      name('and then it goes'),
      await until(() => talk.closed.length === 1),
      `close code ${talk.closed[0]?.code}`,
    )
    const again = await connect(handles().at(-1))
    await until(() => again.got.length > 0)
    again.session.sendRealtimeInput({ text: 'The caller pressed: 1234' })
    report.check(name('goes on by its handle'), await until(() => said(again).includes('I have your digits')))
    again.session.close()
    const refused = await connect(undefined, 'bad').then(
      () => 'taken',
      (error: Error) => error.message,
    )
    report.check(
      name('a bad key is refused as the vendor does'),
      refused.includes('API key not valid'),
      refused.slice(0, 80),
    )
  } finally {
    talk.session.close()
    await pause(50)
    await simulator.close()
  }
}
