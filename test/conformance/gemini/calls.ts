/**
 * Phone calls with a Gemini agent, over SIP, judged by what came to the phone's port. The simulated model speaks a watermark at 24 kHz, in which
 * every 20 ms names item and offset; it must be found again at 8 kHz, to the frame, after the worker's filters and G.711.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Caller, startCaller } from '#simulators/caller/caller.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import { decode } from '#simulators/watermark/decode.ts'
import { heardOf, lastSampleOf } from '#simulators/watermark/heard.ts'
import type { Report } from '#test/harness/report.ts'
import { startCapture } from '#test/measure/capture.ts'
import { clockOffset, timeOf, wireOf } from '#test/measure/wire.ts'
import { type Child, freePort, sleep, start } from '#test/phones/process.ts'
import { startWorker } from '#test/product/product.ts'
import { eventsOf, type SimEvent } from '#test/product/simulator-view.ts'
import { SCRIPT } from './script.ts'

const KEY = 'simulated-key-0123456789'
/** Of sound that was sent whole: the last frame may be cut by the end of the item. */
const FRAME_MS = 20
/** The recorded caller pauses in the middle of a goodbye. */
const DETECTION = { silenceDurationMs: 900 }
const START_MS = 20_000

/** Of what the simulator tells of a connection. */
interface Seen {
  readonly resumed: boolean
  readonly items: readonly { mark: number | null; text: string; sentMs: number; wholeMs: number }[]
}

interface Made {
  readonly sessions: readonly Seen[]
  readonly log: readonly SimEvent[]
  readonly caller: Caller
  readonly ok: boolean
  readonly failed: readonly string[]
  readonly output: string
  /** Of the model's items: how much the phone heard, by the watermark. */
  readonly heard: readonly {
    text: string
    sentMs: number
    wholeMs: number
    heardMs: number
    missing: number
    endAt: number
  }[]
}

export async function run(report: Report): Promise<void> {
  const tool = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ slots: ['10:00', '15:00'] }))
  })
  await new Promise<void>(done => tool.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(tool.address() as AddressInfo).port}/`
  try {
    // one after another: what is judged is the product, not how many calls this machine carries
    await conversation(report, url, 'Provider')
    await conversation(report, url, 'Switchboard')
    await lifetime(report, url)
  } finally {
    tool.close()
  }
}

/** A greeting, a tool, an interruption, keys and a goodbye. */
async function conversation(report: Report, tool: string, responses: 'Provider' | 'Switchboard'): Promise<void> {
  const name = (what: string): string => `call, turns by ${responses}: ${what}`
  const made = await call(
    tool,
    { responses },
    [],
    [
      'listen',
      { say: 'ask' },
      { interrupt: { after: 1500, say: 'three', within: 15_000 } },
      'listen',
      { keys: '1234' },
      'listen',
      { say: 'no-thanks' },
      { expect: { ended: 'remote', within: 15_000 } },
    ],
  )
  report.check(name('goes its way'), made.ok, made.failed.join('; '))
  const whole = made.heard.filter(h => h.sentMs >= h.wholeMs - 1 && !h.text.startsWith('I have Tuesday'))
  const lost = whole.filter(h => h.missing > 0 || h.wholeMs - h.heardMs > FRAME_MS)
  report.check(
    name('all that was said was heard, to the frame'),
    whole.length === 4 && lost.length === 0,
    `${whole.length} items${lost.map(h => `; “${h.text}” ${Math.round(h.heardMs)} of ${Math.round(h.wholeMs)} ms, ${h.missing} missing`).join('')}`,
  )
  const offer = made.heard.find(h => h.text.startsWith('I have Tuesday'))
  report.check(
    name('what was cut was heard without a hole'),
    offer !== undefined && offer.missing === 0 && offer.heardMs > 1000 && offer.heardMs < offer.wholeMs,
    `${Math.round(offer?.heardMs ?? 0)} of ${Math.round(offer?.wholeMs ?? 0)} ms`,
  )
  bargeIn(report, name, made, offer?.endAt ?? Number.NaN)
  const leaks = [made.output, JSON.stringify(made.log)].filter(text => text.includes(KEY)).length
  report.check(name('the key is in no log'), leaks === 0)
}

function bargeIn(report: Report, name: (what: string) => string, { caller, log }: Made, silentAt: number): void {
  const over = caller.events.find(e => e.type === 'say' && e.over)
  const told = log.find(
    e =>
      e.t > (over?.t ?? Infinity) &&
      (e.type === 'activity.started' || (e.dir === 'in' && JSON.stringify(e.event ?? {}).includes('activityStart'))),
  )
  const own = silentAt - (over?.t ?? Number.NaN)
  report.row({
    name: name('barge-in, caller’s sound to silence'),
    value: own,
    unit: 'ms',
    aim: '<= 400',
    ok: own > 0 && own <= 400,
  })
  const after = silentAt - (told?.t ?? Number.NaN)
  report.row({
    name: name('barge-in, turn known to the provider to silence'),
    value: after,
    unit: 'ms',
    aim: '<= 150',
    ok: after <= 150,
  })
}

/** A connection that lasts ten seconds, on a call that lasts longer. */
async function lifetime(report: Report, tool: string): Promise<void> {
  const name = (what: string): string => `call over goAway: ${what}`
  const steps: StepInput[] = ['listen', { say: 'ask' }, { listen: { silent: 2500, within: 25_000 } }, { wait: 6000 }]
  const made = await call(
    tool,
    {},
    ['--connection-seconds', '24', '--go-away-seconds', '12'],
    [...steps, { say: 'three' }, 'listen', 'hangUp'],
  )
  report.check(name('goes its way'), made.ok, made.failed.join('; '))
  const { sessions } = made
  report.check(
    name('another connection took over by its handle'),
    sessions.length >= 2 && sessions.slice(1).every(s => s.resumed),
    `${sessions.length} connections, resumed ${sessions.filter(s => s.resumed).length}`,
  )
  const last = made.heard.find(h => h.text.startsWith('Tuesday at three'))
  report.check(
    name('and the conversation went on'),
    last !== undefined && last.missing === 0 && last.wholeMs - last.heardMs <= FRAME_MS,
    last === undefined ? 'nothing was said' : `“${last.text.trim()}”`,
  )
  const holes = made.heard.filter(h => h.missing > 0).length
  report.row({ name: name('items with a hole'), value: holes, aim: '0', ok: holes === 0 })
}

async function call(
  tool: string,
  model: Readonly<Record<string, unknown>>,
  limits: readonly string[],
  script: readonly StepInput[],
): Promise<Made> {
  const { simulator, baseURL } = await simulate(limits)
  const worker = await startWorker({
    baseURL: '',
    env: { GEMINI_API_KEY: KEY },
    agent: {
      model: {
        provider: 'Gemini',
        gemini: { model: 'gemini-3.8-live', activityDetection: DETECTION, baseURL },
        ...model,
      },
      greeting: { text: 'Acme Dental, how can I help?' },
      callControl: { endCall: {} },
      tools: [
        {
          name: 'find_appointment',
          description: 'Finds free appointments on a day.',
          parameters: { type: 'object', properties: { day: { type: 'string' } } },
          effect: 'Read',
          http: { url: tool, timeout: '5s' },
        },
      ],
    },
  })
  try {
    const { from, to } = worker.rtpPorts
    const capture = await startCapture(`src portrange ${from}-${to}`)
    const caller = await startCaller({ to: worker.uri, script })
    const { ok, failed } = await caller.done
    const wire = wireOf(await capture.stop(), d => d.sourcePort >= from && d.sourcePort <= to, clockOffset())
    const inTime = decode(wire.samples)
    // what came, without the silence between: a stall of a busy machine parts a frame of the watermark, and loses nothing
    const sound = wire.samples.filter(sample => sample !== 0)
    const marks = decode(sound)
    const sessions = (await (await fetch(`${baseURL}/_sim/sessions`)).json()) as Seen[]
    const items = new Map(sessions.flatMap(s => s.items.flatMap(i => (i.mark === null ? [] : [[i.mark, i] as const]))))
    const heard = [...items.values()].map(({ mark, text, sentMs, wholeMs }) => {
      const found = heardOf(sound, marks, mark ?? 0)
      const endAt = timeOf(wire, lastSampleOf(wire.samples, inTime, mark ?? 0) ?? 0)
      return { text, sentMs, wholeMs, heardMs: (found?.endOffset ?? 0) / 8, missing: found?.missing.length ?? 0, endAt }
    })
    return { sessions, log: await eventsOf(baseURL), caller, ok, failed, output: worker.process.output(), heard }
  } finally {
    await worker.stop()
    await simulator.stop(2000)
  }
}

/** In a process of its own: to make sound takes time, and the phone must not lose any for it. */
async function simulate(limits: readonly string[]): Promise<{ simulator: Child; baseURL: string }> {
  const port = await freePort()
  const baseURL = `http://127.0.0.1:${port}`
  const script = join(mkdtempSync(join(tmpdir(), 'gemini-')), 'script.yaml')
  writeFileSync(script, stringify(SCRIPT))
  const flags = ['--port', String(port), '--script', script, '--speech', 'watermark', ...limits]
  const simulator = start(process.execPath, ['cli/main.ts', 'simulate', 'gemini', ...flags])
  for (let waited = 0; waited < START_MS; waited += 50) {
    const answer = await fetch(`${baseURL}/_sim/sessions`).catch(() => null)
    if (answer?.ok === true) return { simulator, baseURL }
    await sleep(50)
  }
  throw new Error(`the simulator did not start:\n${simulator.output().slice(-2000)}`)
}
