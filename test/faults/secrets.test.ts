/** Secrets and callers' own words: nowhere in what a worker writes, however chatty it is made and whatever goes wrong. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openStage } from './stage.ts'

const KEY = 'sk-proj-Zq7vT3bN9xK2mW5cR8yH1dF4gJ6pL0sA'
const KEYS_PRESSED = '4711'
const CALLER_WORDS = 'my account number is nine nine seven'
const AGENT_WORDS = 'Tuesday at three it is'

test('the API key, keys pressed and words spoken are in no log, record, trace, metric or SIP message', async () => {
  const script = {
    turns: [
      { on: 'caller' as const, heard: CALLER_WORDS, say: 'One moment, let me look.' },
      { on: 'text' as const, say: `${AGENT_WORDS}.` },
    ],
  }
  const transcription = { transcription: { model: 'gpt-4o-mini-transcribe' } }
  const stage = await openStage(
    {
      forbidden: { provider: { badKeys: [KEY] } },
      talking: { provider: { script }, openAI: transcription },
      unlucky: { provider: { script }, openAI: transcription },
      gone: { provider: 'gone' },
    },
    { env: { OPENAI_API_KEY: KEY }, run: ['--log-level', 'trace'] },
  )
  const sip: string[] = []
  try {
    const talk = async (agent: string): Promise<void> => {
      const caller = await stage.dial(agent)
      await caller.answered()
      await caller.hears('greeting', 5000)
      if (agent === 'unlucky')
        // a provider that quotes the key back, as vendors do
        stage
          .provider(agent)
          .inject({ kind: 'error', code: 'server_error', message: `Incorrect API key provided: ${KEY}.` })
      caller.say('no')
      await caller.hears('look', 9000)
      await caller.press(`${KEYS_PRESSED}#`)
      await new Promise(resolve => setTimeout(resolve, 1500))
      await caller.hangUp()
      await stage.traces(caller)
      sip.push(...caller.sip.messages.map(m => JSON.stringify(m)))
    }
    const apologised = async (agent: string): Promise<void> => {
      const caller = await stage.dial(agent)
      await caller.answered()
      await caller.ended(12_000)
      await stage.traces(caller)
      sip.push(...caller.sip.messages.map(m => JSON.stringify(m)))
    }
    await Promise.all([talk('talking'), talk('unlucky'), apologised('forbidden'), apologised('gone')])

    // the model was told, so there was something to leak
    const heard = JSON.stringify(stage.provider('talking').sessions)
    expect(heard).toContain(KEYS_PRESSED)
    expect(heard).toContain(CALLER_WORDS)
    expect(heard).toContain(AGENT_WORDS)

    const metrics = await stage.metrics()
    const calls = JSON.stringify(await stage.worker.get('/v1/calls'))
    await stage.worker.stop()
    const places = {
      log: stage.worker.process.output(),
      record: ['', '-wal'].map(suffix => read(stage.worker.db + suffix)).join(''),
      trace: stage.collector.raw.join(''),
      metrics,
      calls,
      sip: sip.join(''),
    }
    const empty = Object.entries(places).filter(([where, text]) => where !== 'calls' && text.length < 100)
    expect(empty).toEqual([])
    const found = Object.entries(places).flatMap(([where, text]) =>
      [KEY, KEY.slice(8, 24), `"${KEYS_PRESSED}`, `${KEYS_PRESSED}"`, CALLER_WORDS, AGENT_WORDS]
        .filter(secret => text.includes(secret))
        .map(secret => `${secret} in ${where}`),
    )
    expect(found).toEqual([])
  } finally {
    await stage.close()
  }
}, 60_000)

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
