/**
 * `npm run conformance -- lifetimes [--trial answer|silence|word|rollover]`: sessions that end, and providers that are not there, judged by what the caller heard.
 *
 * Each caller says a name, something happens to the session, and the caller asks again: the answer that is heard is one that only a model gives
 * which knows what was said before. Where another provider stands in, it is another process of the simulator at another address. At a
 * rollover the answer may come at most a second later than the one before it; otherwise the time to the next word is printed.
 */

import type { Caller } from '#test/faults/caller.ts'
import { type AgentOptions, openStage, type Stage } from '#test/faults/stage.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { freePort, sleep } from '#test/phones/process.ts'
import { LIMIT_MS, NAME, PROVIDERS, type Provider, type Simulated, TRIALS, type Trial } from './plan.ts'

const GAP_MS = 1000
const PATIENCE_MS = 15_000
/** 20 ms at 8 kHz; what is louder is a word. */
const FRAME = 160
const LOUD = 200
const NEXT_WORD_MS = 4000
/** Calls at once: more would measure the machine. */
const LANES = 3

interface Laid {
  readonly trial: Trial
  readonly provider: Provider
  readonly agent: string
  readonly first: Simulated | null
  readonly second: Simulated | null
  readonly label: string
}

export async function run(report: Report, options: Options): Promise<void> {
  const agents: Record<string, AgentOptions> = {}
  const laid: Laid[] = []
  for (const provider of PROVIDERS)
    for (const other of PROVIDERS)
      for (const trial of TRIALS.filter(t => t.what === (options['trial'] ?? t.what))) {
        // without a fallback the other provider changes nothing; with one, a provider that stands in for itself is tried once
        if (!trial.fallback && other !== provider) continue
        if (trial.fallback && other === provider && provider !== PROVIDERS[0]) continue
        const agent = `t${laid.length}`
        const label = `${trial.name} (${provider.name}${trial.fallback ? ` → ${other.name}` : ''})`
        const one = await lay(provider, other, trial)
        agents[agent] = {
          provider: 'gone',
          spec: { model: one.model, greeting: { text: 'Acme Dental, how can I help?' } },
        }
        laid.push({ trial, provider, agent, label, first: one.first, second: one.second })
      }
  const stage = await openStage(agents, {
    run: ['--log-level', 'warn'],
    env: { GEMINI_API_KEY: 'simulated-key-0123456789' },
  })
  report.note(`a session lasts ${LIMIT_MS / 1000} s on the simulator's clock where its limit is crossed`)
  try {
    // those that take longest begin first
    const waiting = laid.toSorted((a, b) => Number(b.trial.what === 'rollover') - Number(a.trial.what === 'rollover'))
    const lane = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await judged(report, stage, one)
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  } finally {
    await stage.close()
    for (const { first, second } of laid) {
      await first?.close()
      await second?.close()
    }
  }
}

async function lay(provider: Provider, other: Provider, { first, fallback }: Trial) {
  const one = first === null ? null : await provider.start(first)
  const two = fallback ? await other.start({}) : null
  const nobody = `http://127.0.0.1:${await freePort()}`
  const model = {
    ...provider.member(one?.baseURL ?? nobody),
    timeouts: { ready: '2s' },
    ...(two !== null && { fallbacks: [{ name: 'other', ...other.member(two.baseURL) }] }),
  }
  return { model, first: one, second: two }
}

async function judged(report: Report, stage: Stage, one: Laid): Promise<void> {
  try {
    await call(report, stage, one)
  } catch (error) {
    report.check(one.label, false, error instanceof Error ? error.message : String(error))
  }
}

async function call(
  report: Report,
  stage: Stage,
  { trial, provider, agent, label, first, second }: Laid,
): Promise<void> {
  const caller = await stage.dial(agent)
  try {
    const answeredMs = await caller.answered(20_000)
    const greeting = await caller.hears('greeting', PATIENCE_MS)
    if (trial.what === 'answer')
      report.row({
        name: `${label}: dialled to first word`,
        value: Math.round(answeredMs + greeting.fromMs),
        unit: 'ms',
        ok: true,
      })
    if (trial.what === 'word') {
      await tell(caller)
      await caller.hearsBeginning('look', PATIENCE_MS)
      await strike(trial, first)
      const next = await nextWord(caller)
      report.row({ name: `${label}: silence until the next word`, value: next, unit: 'ms', ok: true })
      await sleep(1000)
    }
    const before = trial.what === 'word' ? 0 : await ask(caller, 'look')
    if (trial.what !== 'word') await strike(trial, first)
    if (trial.what === 'rollover')
      await until(() => (first?.sessions.length ?? 0) > 1 && first?.sessions[0]?.open === false)
    else await sleep(400)
    const after = await ask(caller, 'done')
    const knows = told(first, second)
    report.check(`${label}: the model knows the name`, knows, knows ? 'and the caller heard so' : 'nobody told it')
    if (trial.what === 'rollover') {
      if (provider.resumes) {
        const later = first?.sessions.slice(1) ?? []
        const resumed = later.filter(s => s.resumed === true).length
        report.check(`${label}: taken over by its handle`, resumed === later.length, `${resumed} of ${later.length}`)
      }
      const gap = Math.max(0, Math.round(after - before))
      report.row({ name: `${label}: gap heard`, value: gap, unit: 'ms', aim: `<= ${GAP_MS}`, ok: gap <= GAP_MS })
    } else if (trial.what === 'silence')
      report.row({ name: `${label}: asked to next word`, value: Math.round(after), unit: 'ms', ok: true })
    await caller.hangUp()
  } finally {
    caller.close()
  }
}

async function tell(caller: Caller): Promise<void> {
  await sleep(300)
  caller.say('hello')
  await caller.said()
}

async function strike({ then }: Trial, first: Simulated | null): Promise<void> {
  if (then === 'drop') first?.drop()
  else if (then === 'down') await first?.close()
}

/** The longest silence of the agent that words follow, in the seconds from now on: by the sound alone, in ms. */
async function nextWord(caller: Caller): Promise<number> {
  const from = caller.rtp.heard().length
  await sleep(NEXT_WORD_MS)
  const sound = caller.rtp.heard()
  let [silent, longest] = [0, 0]
  for (let n = from; n + FRAME <= sound.length; n += FRAME) {
    if (!sound.subarray(n, n + FRAME).some(x => Math.abs(x) > LOUD)) silent += 1
    else {
      longest = Math.max(longest, silent)
      silent = 0
    }
  }
  return longest * 20
}

/** Asks, and waits for the answer: from the caller's last sound to the agent's first, in ms, as they lay in time at the caller. */
async function ask(caller: Caller, answer: string): Promise<number> {
  await tell(caller)
  const asked = caller.rtp.heard().length / 8
  const words = await caller.hears(answer, PATIENCE_MS, Math.max(0, asked - 100))
  return words.fromMs - asked
}

/** The last session of those that there were has the name in its conversation: of what its handle holds, or told as words. */
function told(first: Simulated | null, second: Simulated | null): boolean {
  const last = [...(first?.sessions ?? []), ...(second?.sessions ?? [])]
    .toSorted((a, b) => a.openedAt - b.openedAt)
    .at(-1)
  return last?.items.some(item => item.role === 'user' && item.text.includes(NAME)) === true
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('no second session took over')
    await sleep(100)
  }
}
