/**
 * `npm run bench -- calls [--calls 50,100,200] [--seconds 20] [--warm-up 100] [--profile FOLDER]`: what a worker costs and delays, beside a bare forwarder
 * that does the least any bridge must, with the same callers and the same provider. Both at once, so that what the machine does to one it does to the
 * other. Callers and provider of each share one process and one clock. `--only load` leaves out all but that, `--only turn-gap` all but the turn gap by who
 * creates responses.
 */
import { readFileSync } from 'node:fs'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { type Profiler, profilerFor } from '#test/measure/cpu-profile.ts'
import { cpuMs, rssMiB } from '#test/measure/process-stat.ts'
import { sleep, start } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { MAX_GAP_MS, overload, setUp } from './admission.ts'
import { LoadProcess } from './load-process.ts'
import { AS_SHIPPED, startLoaded } from './loaded-worker.ts'
import type { Window } from './protocol.ts'
import { turnGaps } from './turn-gap.ts'

const AIM_RATIO = 1.6
const AIM_CALLS_PER_CORE = 400
/** Those that bin/switchboard gives. */
const NODE_FLAGS = readFileSync(AS_SHIPPED.node, 'utf8').match(/(?<= )--[a-z-]+=\S+/g) ?? []
/** V8 compiles while calls run, for a minute and more: until then the side with more code of its own costs a third more than for the rest of the day. */
const WARM_UP_S = 100
/** Of one core, what a worker may use before its latency goes: the extrapolation stops here. */
const USABLE_CORE = 0.85

interface Measured {
  readonly window: Window
  /** Worker CPU, ms per call-second. */
  readonly cost: number
}

export async function run(report: Report, options: Options): Promise<void> {
  if (options['only'] === 'turn-gap') return turnGaps(report, options)
  const sizes = (options['calls'] ?? '50,100,200').split(',').map(Number)
  const seconds = Number(options['seconds'] ?? 20)
  const warmUpS = Number(options['warm-up'] ?? WARM_UP_S)
  report.note(
    `${seconds} s a window, ${warmUpS} s after the last call came up; the worker started as users start it (bin/switchboard), the forwarder with the same flags of Node; G.711 u-law end to end, 20 ms frames, 40 ms upstream batches (adds 0 or 20 ms: half the frames wait for the second), paced at 20 ms on four phases; no TLS, no resampling, loopback`,
  )
  report.note(
    'up: caller’s send() → provider’s socket. down: provider’s send() of a response’s first audio → caller’s socket; includes the wait for the next 20 ms beat (10 ms on average) on both bridges',
  )
  for (const calls of sizes) {
    const sides = await Promise.all([forwarder(calls, options['profile']), worker(calls, options['profile'])])
    try {
      await sleep(warmUpS * 1000)
      const [base, ours] = await Promise.all(sides.map(side => measure(side, calls, seconds)))
      const rssBusy = rssMiB(sides[1].pid)
      rows(report, calls, base!, { ...ours!, ...sides[1], rssBusy })
      for (const side of sides) await side.profiled?.(report)
    } finally {
      for (const side of sides) await side.close()
    }
  }
  if (options['only'] === 'load') return
  await setUp(report, options)
  await overload(report)
  await turnGaps(report, options)
  report.note('not measured here: TLS to the provider, a real network, SRTP, resampling providers, other CPU models')
}

/** A bridge with all its calls up. */
interface Side {
  readonly name: string
  readonly pid: number
  readonly load: LoadProcess
  readonly profiler: Profiler | null
  profiled?: (report: Report) => Promise<void>
  close(): Promise<void>
}

async function forwarder(calls: number, profileTo: string | undefined): Promise<Side> {
  const profiler = await profilerFor(profileTo)
  const load = new LoadProcess()
  const { port } = await load.ask({ do: 'listen' }, 'listening')
  const own = profiler ? [profiler.flag] : []
  const program = ['test/bench/calls/forwarder.ts', String(calls), String(port)]
  const child = start(process.execPath, [...NODE_FLAGS, ...own, ...program])
  const close = async (): Promise<void> => {
    await child.stop()
    load.stop()
  }
  try {
    const ports = JSON.parse((await child.waitFor(/^\[.*\]$/m, 20_000))[0]) as number[]
    await load.ask({ do: 'direct', ports }, 'up')
    return { name: `forwarder-${calls}`, pid: child.pid, load, profiler, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface WorkerSide extends Side {
  readonly rssIdle: number
  readonly startedInMs: number
}

async function worker(calls: number, profileTo: string | undefined): Promise<WorkerSide> {
  const profiler = await profilerFor(profileTo)
  const env = profiler === null ? {} : { env: { NODE_OPTIONS: profiler.flag } }
  const { load, product, close } = await startLoaded(calls + 10, env)
  const { pid } = product.process
  try {
    await sleep(1000)
    const rssIdle = rssMiB(pid)
    const { calls: up } = await load.ask(
      { do: 'sip', calls, perSecond: 50, sipPort: product.sipPort, number: NUMBER },
      'up',
    )
    if (up !== calls) throw new Error(`${up} of ${calls} calls came up: ${product.process.output().slice(-1500)}`)
    const { startedInMs } = product
    return { name: `worker-${calls}`, pid, load, profiler, close, rssIdle, startedInMs }
  } catch (error) {
    await close()
    throw error
  }
}

async function measure(side: Side, calls: number, seconds: number): Promise<Measured> {
  const profiled = await side.profiler?.begin(side.pid, side.name)
  if (profiled) side.profiled = profiled
  const before = cpuMs(side.pid)
  const { window } = await side.load.ask({ do: 'window', seconds }, 'window')
  return { window, cost: (cpuMs(side.pid) - before) / calls / window.seconds }
}

type Ours = Measured & { readonly rssIdle: number; readonly rssBusy: number; readonly startedInMs: number }

function rows(report: Report, calls: number, base: Measured, ours: Ours): void {
  const at = `${calls} calls:`
  const w = ours.window
  const counts = w.gap.p99 <= MAX_GAP_MS
  const ratio = ours.cost / base.cost
  report.row({ name: `${at} bare forwarder CPU per call-second`, value: base.cost, unit: 'ms', ok: true })
  report.row({ name: `${at} worker CPU per call-second`, value: ours.cost, unit: 'ms', ok: true })
  report.row({ name: `${at} ratio to the forwarder`, value: ratio, aim: `<= ${AIM_RATIO}`, ok: ratio <= AIM_RATIO })
  report.row({
    name: `${at} calls per core at ${USABLE_CORE * 100} %, extrapolated`,
    value: Math.floor((1000 * USABLE_CORE) / ours.cost),
    aim: `>= ${AIM_CALLS_PER_CORE}`,
    ok: (1000 * USABLE_CORE) / ours.cost >= AIM_CALLS_PER_CORE,
  })
  report.row({
    name: `${at} gap between agent frames p99 (the row counts only then)`,
    value: w.gap.p99,
    unit: 'ms',
    aim: `<= ${MAX_GAP_MS}`,
    ok: counts,
  })
  report.row({
    name: `${at} frames had of what callers should hear`,
    value: (100 * w.framesHad) / Math.max(1, base.window.framesHad),
    unit: '% of the forwarder’s',
    ok: true,
  })
  report.row({
    name: `${at} mouth to model p50 / p99`,
    value: `${w.up.p50.toFixed(1)} / ${w.up.p99.toFixed(1)} ms, forwarder ${base.window.up.p50.toFixed(1)} / ${base.window.up.p99.toFixed(1)}`,
    ok: true,
  })
  // half the frames wait 20 ms for the second of their batch: a median falls on one side or the other by chance
  const ownUp = w.up.mean - base.window.up.mean
  report.row({
    name: `${at} of our own, mouth to model, mean`,
    value: ownUp,
    unit: 'ms over the forwarder',
    aim: '<= 5',
    ok: ownUp <= 5,
  })
  report.row({
    name: `${at} model to wire p50 / p99`,
    value: `${w.down.p50.toFixed(1)} / ${w.down.p99.toFixed(1)} ms, forwarder ${base.window.down.p50.toFixed(1)} / ${base.window.down.p99.toFixed(1)}`,
    ok: true,
  })
  const ownDown = w.down.mean - base.window.down.mean
  report.row({
    name: `${at} of our own, model to wire, mean`,
    value: ownDown,
    unit: 'ms over the forwarder',
    aim: '<= 5',
    ok: ownDown <= 5,
  })
  report.row({
    name: `${at} barge-in, first speech sample → last agent frame p50 / p99`,
    value: `${w.bargeIn.p50.toFixed(0)} / ${w.bargeIn.p99.toFixed(0)} ms (${w.bargeIn.n} of them)`,
    ok: w.bargeIn.n > 0,
  })
  report.row({
    name: `${at} barge-in, our share (speech_started → last agent frame) p99`,
    value: w.bargeInOurs.p99,
    unit: 'ms',
    aim: '<= 60',
    ok: w.bargeInOurs.n > 0 && w.bargeInOurs.p99 <= 60,
  })
  report.row({
    name: `${at} RSS idle → busy, per call`,
    value: `${ours.rssIdle.toFixed(0)} → ${ours.rssBusy.toFixed(0)} MiB, ${((ours.rssBusy - ours.rssIdle) / calls).toFixed(2)} MiB`,
    ok: true,
  })
  report.row({ name: `${at} start to ready`, value: ours.startedInMs, unit: 'ms', ok: true })
  report.row({
    name: `${at} CPU of the load process`,
    value: 100 * w.loadCpu,
    unit: '% of a core',
    aim: '< 90, else it is the limit',
    ok: w.loadCpu < 0.9,
  })
}
