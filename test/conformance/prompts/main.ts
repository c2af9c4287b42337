/**
 * `npm run conformance -- prompts`: what is said without a session, judged by what the caller heard. Disclosures and their proof by a watermark in which
 * every 20 ms names its text; other prompts by the sound of recorded words. Who was asked for what is read from the log of the simulated provider.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import { clip } from '#simulators/speech/library.ts'
import { Caller } from '#test/faults/caller.ts'
import { type AgentOptions, openStage, type Stage } from '#test/faults/stage.ts'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { startWorker } from '#test/product/product.ts'
import { cut, disclosed } from './disclosures.ts'

const PATIENCE_MS = 15_000
const RENDERED_MS = 60_000
const words = (name: string): string => clip('agent', name)?.text ?? ''
const SORRY = 'no-calendar'
const HELLO = 'hello'
/** More strikes than there are tries. */
const ALWAYS = 999
const DOWN = { kind: 'refuse', status: 503, count: ALWAYS } as const
const MUTE = { kind: 'speech', status: 503, count: ALWAYS } as const

const refusing = { say: { text: words(SORRY) }, then: { reject: 480 }, after: '2s' }
const AGENTS: Readonly<Record<string, AgentOptions>> = {
  disclosed: {
    provider: { speech: 'watermark' },
    spec: {
      disclosures: [
        { name: 'machine', text: 'You are speaking with an automated assistant.' },
        { name: 'recording', text: 'This call is recorded.' },
      ],
    },
  },
  down: { provider: { faults: [DOWN] }, spec: { unavailable: refusing } },
  fallen: { provider: { faults: [DOWN, MUTE] }, spec: { unavailable: refusing } },
  verbatim: { provider: {}, spec: { greeting: { text: words(HELLO), verbatim: true } } },
  unsaid: {
    provider: { faults: [MUTE] },
    spec: { disclosures: [{ name: 'machine', text: 'A machine.' }], unavailable: { then: { reject: 486 } } },
  },
}

const MUTED = new Set(['fallen', 'unsaid'])

export async function run(report: Report): Promise<void> {
  const stage = await openStage(AGENTS, { run: ['--log-level', 'warn'] })
  try {
    await rendered(stage)
    await disclosed(report, stage, 'disclosed')
    await cut(report, stage, 'disclosed')
    await Promise.all([
      hears(report, stage, 'down', 'the provider is down', SORRY, 'builtin:apology'),
      hears(report, stage, 'fallen', 'the provider and its text-to-speech are down', 'builtin:apology', SORRY),
    ])
    await verbatim(report, stage)
    await unsaid(report, stage)
  } finally {
    await stage.close()
  }
  await restarted(report)
}

/** Until each agent's texts were rendered, or refused: a busy machine may take longer than the worker waits before it answers. */
async function rendered(stage: Stage): Promise<void> {
  const deadline = performance.now() + RENDERED_MS
  for (;;) {
    const lines = (await stage.metrics()).split('\n').filter(line => line.startsWith('switchboard_prompt_texts_total'))
    const left = Object.keys(AGENTS).filter(agent => {
      const result = MUTED.has(agent) ? 'SB_SPEECH_REFUSED' : 'rendered'
      return !lines.some(line => line.includes(`"default/${agent}"`) && line.includes(`"${result}"`))
    })
    if (left.length === 0) return
    if (performance.now() > deadline)
      throw new Error(`no text of ${left.join(' and ')} was rendered, or refused: ${lines.join(' ')}`)
    await sleep(200)
  }
}

async function hears(report: Report, stage: Stage, agent: string, name: string, what: string, not: string) {
  const caller = await stage.dial(agent)
  try {
    await caller.answered()
    const heard = await caller.hears(what, PATIENCE_MS)
    const rest = heard.wholeMs - heard.heardMs
    report.check(`${name}: ${what} is heard, and not ${not}`, rest < 500 && !caller.heard(not), `all but ${rest} ms`)
    await caller.ended()
  } finally {
    caller.close()
  }
}

/** Two calls hear words that no session was asked for, and that were rendered once. */
async function verbatim(report: Report, stage: Stage): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const caller = await stage.dial('verbatim')
    try {
      await caller.answered()
      await caller.hears(HELLO, PATIENCE_MS)
      await caller.hangUp()
    } finally {
      caller.close()
    }
  }
  const { log } = stage.provider('verbatim')
  const told = log.filter(e => e.session !== '' && e.dir === 'in' && JSON.stringify(e).includes(words(HELLO)))
  report.check('a verbatim prompt is heard, and never reaches a session', told.length === 0, `${told.length} messages`)
  const asked = log.filter(e => e.type === 'audio.speech' && e.event?.['input'] === words(HELLO)).length
  report.row({ name: 'renderings for two calls', value: asked, aim: '1', ok: asked === 1 })
}

async function unsaid(report: Report, stage: Stage): Promise<void> {
  const caller = await stage.dial('unsaid')
  const { status } = await caller.final()
  caller.close()
  const sessions = stage.provider('unsaid').log.filter(e => e.type === 'opened').length
  report.check(
    'a disclosure that cannot be said: the call is refused, no session is opened',
    status === 486 && sessions === 0,
    `${status}, ${sessions} sessions`,
  )
  const counted = /switchboard_prompt_texts_total\{[^}]*agent="default\/unsaid"[^}]*SB_SPEECH_REFUSED/.test(
    await stage.metrics(),
  )
  report.check('texts that are not rendered are counted', counted)
}

/** A worker that comes back says its words without asking anybody. */
async function restarted(report: Report): Promise<void> {
  const simulator = await startRealtimeSimulator()
  const db = join(mkdtempSync(join(tmpdir(), 'prompts-')), 'calls.db')
  try {
    for (const name of ['a first start', 'a restart with the text-to-speech down']) {
      const worker = await startWorker({
        baseURL: simulator.baseURL,
        agent: { greeting: { text: words(HELLO), verbatim: true } },
        run: ['--db', db],
      })
      try {
        const caller = await Caller.dial(worker.sipPort, NUMBER)
        await caller.answered()
        const { heardMs, wholeMs } = await caller.hears(HELLO, PATIENCE_MS)
        await caller.hangUp()
        caller.close()
        const asked = simulator.log.filter(e => e.type === 'audio.speech').length
        report.row({
          name: `${name}: texts rendered so far`,
          value: asked,
          aim: '1',
          ok: asked === 1 && heardMs > wholeMs - 500,
        })
      } finally {
        await worker.stop()
      }
      simulator.inject(MUTE)
    }
  } finally {
    await simulator.close()
  }
}
