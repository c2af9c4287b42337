/**
 * `npm run conformance -- media-streams [--callers 4] [--interruptions 5] [--rounds 3]`: whole conversations over a simulated Twilio, judged by what its callers
 * heard. The agent speaks a watermark in which every 20 ms names item and offset, so each caller's recording says to the sample how much of an item
 * was heard, and the simulated provider says how much it was told.
 *
 * How long it takes until a caller who interrupts has silence is counted in audio: what was heard of the agent from then on. While a machine stands
 * still nothing is sent, so a busy one adds nothing to that.
 *
 * Heard means: played by Twilio to the caller. Between our send and the caller's ear lies a buffer without a bound, so what was sent is no measure of it.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { seeded } from '#simulators/caller/random.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import type { Options } from '#test/harness/command.ts'
import { Report } from '#test/harness/report.ts'
import { MachineWatch } from '#test/measure/machine.ts'
import { goFirst } from '#test/measure/priority.ts'
import { sleep } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { eventsOf, type SimEvent, type SimSession, sessionsOf } from '#test/product/simulator-view.ts'
import { startTwilioProduct, type TwilioProduct } from '#test/product/twilio-product.ts'
import { type SlowTool, startSlowTool } from '../barge-in/slow-tool.ts'
import { type Heard, heardBy, sessionOf } from './heard.ts'
import { report as tell } from './report.ts'

const TURN_SILENCE_MS = 250
const LATENCY_MS = 300
/** After the last word of a call, until all that is to be said of it is said. */
const SETTLE_MS = 1500
/** What is not as it should be is had again where a machine that is too busy may have done it, so often; the last is judged as it is. */
const ROUNDS = 3
/** Less of all calls disturbs nothing. */
const STALLED_MS = 100

type Call = Awaited<ReturnType<TwilioProduct['twilio']['call']>>

export interface Conversation {
  readonly call: Call
  /** Who hangs up. */
  readonly by: 'caller' | 'agent'
  readonly events: readonly SimEvent[]
  readonly session: SimSession | undefined
  readonly heard: readonly Heard[]
}

export async function run(report: Report, options: Options): Promise<void> {
  const callers = Number(options['callers'] ?? 4)
  const interruptions = Number(options['interruptions'] ?? 5)
  const seed = Number(options['seed'] ?? Math.floor(Math.random() * 2 ** 31))
  report.note(`seed ${seed}, ${callers} callers at once, ${interruptions} interruptions each`)
  const rounds = Number(options['rounds'] ?? ROUNDS)
  const random = seeded(seed)
  const tool = await startSlowTool(random)
  const product = await startTwilioProduct({
    simulate: ['--speech', 'watermark', '--script', scriptFile(), '--latency', String(LATENCY_MS)],
    openAI: { turnDetection: { type: 'server_vad', silence_duration_ms: TURN_SILENCE_MS } },
    agent: {
      greeting: { text: 'Acme Dental, how can I help?', interruptible: false },
      callControl: { endCall: {} },
      dtmf: { gap: '600ms' },
      tools: [
        {
          name: 'slow',
          description: 'Looks something up.',
          parameters: { type: 'object', properties: {} },
          effect: 'Read',
          http: { url: tool.url, timeout: '10s' },
        },
      ],
    },
    slots: callers,
  })
  // the carrier and its callers are in this process
  goFirst(process.pid, product.process.pid, product.simulator.pid)
  const machine = new MachineWatch()
  for (const { pid } of [product.process, product.simulator]) machine.watch(pid)
  try {
    for (let round = 1; ; round++) {
      const disturbed = stalledMs(machine)
      const judge = await conversations(random, product, { callers, interruptions, tool })
      const waitedMs = Math.round(stalledMs(machine) - disturbed)
      if (round < rounds && waitedMs > STALLED_MS && failures(judge) > 0) {
        report.note(`once more: somebody waited for a processor, ${waitedMs} ms in all`)
        continue
      }
      judge(report)
      break
    }
    await breaking(report, product)
    report.row({
      name: 'calls left at the end',
      value: await product.busy(),
      aim: '0',
      ok: (await product.busy()) === 0,
    })
  } finally {
    machine.close()
    await product.stop()
    await tool.stop()
  }
}

interface Wanted {
  readonly callers: number
  readonly interruptions: number
  readonly tool: SlowTool
}

/** All callers at once, and one more than there are slots. @returns what is to be said of it */
async function conversations(
  random: () => number,
  product: TwilioProduct,
  { callers, interruptions, tool }: Wanted,
): Promise<(report: Report) => void> {
  const [toolCalls, requests] = [tool.calls(), product.twilio.requests.length]
  const known = new Set((await sessionsOf(product.simulatorUrl)).map(s => s.id))
  const calls: { call: Call; by: 'caller' | 'agent' }[] = []
  for (let i = 0; i < callers; i++) {
    const by = i % 2 === 0 ? 'agent' : 'caller'
    calls.push({ call: await product.twilio.call({ to: NUMBER, script: talk(random, interruptions, by) }), by })
    // not in step: each caller has its own 20 ms grid
    await sleep(157)
  }
  const over = await product.twilio.call({ to: NUMBER, script: [{ wait: { ended: true, within: 20_000 } }] })
  await Promise.all([...calls.map(({ call }) => call.caller.done), over.caller.done])
  await sleep(SETTLE_MS)
  const sessions = (await sessionsOf(product.simulatorUrl)).filter(s => !known.has(s.id))
  const events = await eventsOf(product.simulatorUrl)
  const all = calls.map(({ call, by }): Conversation => {
    const session = sessionOf(call.caller.recording(), sessions)
    const own = events.filter(event => event.session === session?.id).sort((a, b) => a.n - b.n)
    return { call, by, session, events: own, heard: heardBy(call.caller.recording(), session, own) }
  })
  const about = {
    interruptions,
    toolCalls: tool.calls() - toolCalls,
    requests: product.twilio.requests.slice(requests),
  }
  return report => {
    tell(report, all, about)
    report.check(
      'a call beyond the slots is told so by Twilio’s own means, and connects no stream',
      over.view.twiml.length === 1 && !over.view.twiml[0]?.includes('<Stream') && over.view.faults.length === 0,
      /<(Play|Say|Reject)/.exec(over.view.twiml[0] ?? '')?.[1] ?? 'no TwiML',
    )
  }
}

function failures(judge: (report: Report) => void): number {
  const trial = new Report('trial', () => {})
  judge(trial)
  return trial.failed
}

function stalledMs({ stalls }: MachineWatch): number {
  return stalls.reduce((sum, stall) => sum + stall.to - stall.from, 0)
}

/** The network takes the socket away: nobody is left in silence at the carrier, and nothing is left here. */
async function breaking(report: Report, product: TwilioProduct): Promise<void> {
  const before = product.twilio.requests.length
  const { caller, view } = await product.twilio.call({ to: NUMBER, script: ['listen', { wait: 10_000 }] })
  caller.onEvent(event => {
    if (event.type === 'heard-start') view.cut()
  })
  await caller.done
  await sleep(SETTLE_MS)
  const asked = product.twilio.requests.slice(before).filter(({ form }) => form['Status'] === 'completed')
  report.check(
    'a socket that breaks ends the call here, and by REST there',
    asked.length === 1 && (await product.busy()) === 0,
  )
}

function talk(random: () => number, interruptions: number, by: 'caller' | 'agent'): StepInput[] {
  const interrupt = (): StepInput[] => [
    { interrupt: { after: 300 + Math.round(random() * 1800), say: 'yes', within: 15_000 } },
    // its answer comes after the silence that ends a turn
    { wait: 200 + Math.round(random() * 150) },
  ]
  const last: StepInput[] =
    by === 'agent' ? [{ keys: '99#' }, { expect: { ended: 'remote', within: 15_000 } }] : [{ wait: 300 }, 'hangUp']
  return [
    { listen: { silent: 700, within: 20_000 } },
    { say: 'yes' },
    { wait: { agent: 'speaks', within: 15_000 } },
    ...Array.from({ length: interruptions }, interrupt).flat(),
    { listen: { silent: 900, within: 15_000 } },
    { keys: '12#' },
    { listen: { silent: 900, within: 15_000 } },
    ...last,
  ]
}

function scriptFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'media-streams-')), 'script.yaml')
  const turns = [
    // the two of one response: one is cut, the other never heard
    { name: 'look-up', on: 'caller', items: [{ say: 'words', ms: 3000 }, { call: 'slow' }] },
    {
      name: 'found',
      on: 'tool',
      items: [
        { say: 'words', ms: 2500 },
        { say: 'words', ms: 2500 },
      ],
    },
    { name: 'bye', on: 'text', match: '99', items: [{ say: 'words', ms: 700 }, { call: 'end_call' }] },
    { name: 'keys', on: 'text', match: '12', say: 'words', ms: 800 },
    // not in whole frames
    {
      name: 'more',
      on: 'caller',
      repeat: true,
      items: [
        { say: 'words', ms: 2611 },
        { say: 'words', ms: 1733 },
      ],
    },
    { name: 'goes-on', on: 'any', repeat: true, say: 'words', ms: 1200 },
  ]
  writeFileSync(file, stringify({ name: 'media-streams', turns }))
  return file
}
