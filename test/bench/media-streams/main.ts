/**
 * `npm run bench -- media-streams [--calls 40] [--seconds 20] [--warm-up 100] [--profile FOLDER]`: what a call over Twilio's media streams costs and
 * delays, beside the same bridge by `@openai/agents-extensions`, with the same carrier and the same provider in this process. Both at once, so that what
 * the machine does to one it does to the other.
 */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { type Profiler, profilerFor } from '#test/measure/cpu-profile.ts'
import { cpuMs } from '#test/measure/process-stat.ts'
import { freePort, sleep, start } from '#test/phones/process.ts'
import { startWorker } from '#test/product/product.ts'
import { AUTH_TOKEN, TRUNK, twilioManifests } from '#test/product/twilio-product.ts'
import { mediaOf, newSid, post, voiceForm } from '../../conformance/webhooks/request.ts'
import { Figures } from '../calls/figures.ts'
import type { Window } from '../calls/protocol.ts'
import { Provider } from '../calls/provider.ts'
import { StreamCaller } from './caller.ts'

/** V8 compiles while calls run, for a minute and more: until then the side with more code of its own costs a third more than for the rest of the day. */
const WARM_UP_S = 100
const AIM_TIMES = 1.5
const USABLE_CORE = 0.85

interface Measured {
  readonly window: Window
  /** Calls that were still there at the end. */
  readonly left: number
  /** ms of CPU per call-second, of those that callers spoke: a machine that is busy makes fewer of them. */
  readonly cost: number
}

interface Bridge {
  readonly pid: number
  /** Where the next call's stream is to be opened. */
  readonly ring: () => Promise<{ url: string; sid: string }>
  readonly stop: () => Promise<void>
}

const SIDES = {
  '@openai/agents-extensions': { profile: 'agents', open: agents },
  worker: { profile: 'worker', open: worker },
} as const
type Name = keyof typeof SIDES
const NAMES = Object.keys(SIDES) as Name[]

export async function run(report: Report, options: Options): Promise<void> {
  const calls = Number(options['calls'] ?? 40)
  const seconds = Number(options['seconds'] ?? 20)
  const warmUpS = Number(options['warm-up'] ?? WARM_UP_S)
  report.note(
    `${calls} calls over each bridge at the same time, ${seconds} s, ${warmUpS} s after the last came up; µ-law end to end, no TLS, loopback`,
  )
  const sides = await Promise.all(NAMES.map(name => open(name, options['profile'])))
  const stopBeat = beat(sides)
  try {
    for (let id = 1; id <= calls; id++) for (const side of sides) await side.call(id)
    await sleep(warmUpS * 1000)
    const ends = await Promise.all(sides.map(side => side.begin()))
    await sleep(seconds * 1000)
    const measured = ends.map(end => end())
    for (const [i, name] of NAMES.entries()) rows(report, name, calls, measured[i]!)
    const loadCpu = measured[0]!.window.loadCpu
    report.row({ name: 'CPU of the load', value: 100 * loadCpu, unit: '% of a core', aim: '< 95', ok: loadCpu < 0.95 })
    const times = measured[0]!.cost / measured[1]!.cost
    report.row({ name: 'calls per core, times theirs', value: times, aim: `>= ${AIM_TIMES}`, ok: times >= AIM_TIMES })
    report.note('truncation is judged to the sample by `npm run conformance -- media-streams`, theirs by `-- vendors`')
    for (const side of sides) await side.profiled(report)
  } finally {
    stopBeat()
    for (const side of sides) await side.close()
  }
}

function rows(report: Report, name: Name, calls: number, { window, cost, left }: Measured): void {
  const { up, down, gap, bargeInOurs: stop } = window
  report.row({ name: `${name}: calls there at the end`, value: left, aim: `${calls}`, ok: left === calls })
  report.row({ name: `${name}: CPU per call-second`, value: cost, unit: 'ms', ok: true })
  report.row({
    name: `${name}: calls per core at ${USABLE_CORE * 100} %, extrapolated`,
    value: Math.floor((1000 * USABLE_CORE) / cost),
    ok: true,
  })
  report.row({
    name: `${name}: mouth to model p50 / p99`,
    value: `${up.p50.toFixed(1)} / ${up.p99.toFixed(1)} ms`,
    ok: up.n > 0,
  })
  report.row({
    name: `${name}: model to ear p50 / p99`,
    value: `${down.p50.toFixed(1)} / ${down.p99.toFixed(1)} ms`,
    ok: down.n > 0,
  })
  report.row({
    name: `${name}: speech_started → silence p50 / p99`,
    value: `${stop.p50.toFixed(0)} / ${stop.p99.toFixed(0)} ms (${stop.n})`,
    ok: stop.n > 0,
  })
  report.row({ name: `${name}: from frame to frame at the ear p99`, value: gap.p99, unit: 'ms', ok: gap.n > 0 })
}

/** One bridge with its provider and its callers. */
interface Side {
  readonly callers: ReadonlyMap<number, StreamCaller>
  call(id: number): Promise<void>
  /** The window begins; the answer ends it. */
  begin(): Promise<() => Measured>
  profiled(report: Report): Promise<void>
  close(): Promise<void>
}

async function open(name: Name, profileTo: string | undefined): Promise<Side> {
  const profiler = await profilerFor(profileTo)
  const figures = new Figures()
  const callers = new Map<number, StreamCaller>()
  const provider = await Provider.listen(figures, id => callers.get(id))
  const bridge = await SIDES[name].open(`://127.0.0.1:${provider.port}/v1/realtime`, profiler)
  let profiled: ((report: Report) => Promise<void>) | undefined
  const spoken = (): number => [...callers.values()].reduce((sum, { spokenMs }) => sum + spokenMs, 0) / 1000
  return {
    callers,
    call: async id => {
      const { url, sid } = await bridge.ring()
      const caller = new StreamCaller(id, figures, url, sid, AUTH_TOKEN)
      if (!(await caller.opened)) throw new Error('a stream was not opened')
      callers.set(id, caller)
      await sleep(10)
    },
    begin: async () => {
      profiled = await profiler?.begin(bridge.pid, SIDES[name].profile)
      const [spokenBefore, cpuBefore] = [spoken(), cpuMs(bridge.pid)]
      figures.begin(performance.now())
      return () => ({
        window: figures.end(performance.now(), callers.size),
        cost: (cpuMs(bridge.pid) - cpuBefore) / (spoken() - spokenBefore),
        left: [...callers.values()].filter(caller => caller.open).length,
      })
    },
    profiled: async report => profiled?.(report),
    close: async () => {
      for (const caller of callers.values()) caller.close()
      await bridge.stop()
      provider.close()
    },
  }
}

async function worker(provider: string, profiler: Profiler | null): Promise<Bridge> {
  const port = await freePort()
  const publicURL = `http://127.0.0.1:${port}`
  const product = await startWorker({
    baseURL: `http${provider}`,
    slots: 400,
    ...twilioManifests(publicURL, 'http://127.0.0.1:9'),
    run: ['--gateway-port', String(port)],
    node: 'bin/switchboard',
    entry: [],
    ...(profiler && { env: { NODE_OPTIONS: profiler.flag } }),
  })
  return {
    pid: product.process.pid,
    ring: async () => {
      const sid = newSid()
      const { text } = await post(`${publicURL}/carriers/${TRUNK}/voice`, voiceForm({ CallSid: sid }))
      return { url: mediaOf(text), sid }
    },
    stop: () => product.stop(),
  }
}

async function agents(provider: string, profiler: Profiler | null): Promise<Bridge> {
  const child = start(process.execPath, [
    ...(profiler ? [profiler.flag] : []),
    'test/bench/media-streams/agents-bridge.ts',
    `ws${provider}`,
  ])
  const [, port = ''] = await child.waitFor(/listening (\d+)/, 30_000)
  return {
    pid: child.pid,
    ring: () => Promise.resolve({ url: `ws://127.0.0.1:${port}/media`, sid: newSid() }),
    stop: async () => void (await child.stop()),
  }
}

/** One clock for all callers, each on its own 5 ms phase of the 20 ms frame, never a burst after a stall of our own. */
function beat(sides: readonly Side[]): () => void {
  let phase = 0
  let due = performance.now()
  let timer: NodeJS.Timeout
  const turn = (): void => {
    const now = performance.now()
    if (now - due > 200) due = now
    for (; due <= now; due += 5) {
      for (const { callers } of sides) for (const [id, caller] of callers) if ((id & 3) === phase) caller.tick()
      phase = (phase + 1) & 3
    }
    timer = setTimeout(turn, Math.max(0, due - performance.now()))
  }
  turn()
  return () => clearTimeout(timer)
}
