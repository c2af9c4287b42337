/**
 * Calls: what a worker costs and delays, beside a bare forwarder that does the least any bridge must, with the same callers and the same provider,
 * in the same run. Callers and provider share one process and one clock. `--only turn-gap` leaves out all but the turn gap by who creates responses.
 */
import { readFileSync } from 'node:fs'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { cpuMs, rssMiB } from '#test/measure/process-stat.ts'
import { sleep, start } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { startWorker } from '#test/product/product.ts'
import { LoadProcess } from './load-process.ts'
import type { Window } from './protocol.ts'
import { turnGaps } from './turn-gap.ts'

const MAX_GAP_MS = 30
const AIM_RATIO = 1.6
const AIM_CALLS_PER_CORE = 400
const AS_SHIPPED = { node: 'bin/switchboard', entry: [] } as const
/** Those that bin/switchboard gives. */
const NODE_FLAGS = readFileSync(AS_SHIPPED.node, 'utf8').match(/(?<= )--[a-z-]+=\S+/g) ?? []
/** Code is compiled while it runs: before it is, both bridges cost a fifth more than for the rest of the day. */
const WARM_UP_MS = 15_000
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
  report.note(
    `${seconds} s a window, ${WARM_UP_MS / 1000} s after the last call came up; the worker started as users start it (bin/switchboard), the forwarder with the same flags of Node; G.711 u-law end to end, 20 ms frames, 40 ms upstream batches (adds 0 or 20 ms: half the frames wait for the second), paced at 20 ms on four phases; no TLS, no resampling, loopback`,
  )
  report.note(
    'up: caller’s send() → provider’s socket. down: provider’s send() of a response’s first audio → caller’s socket; includes the wait for the next 20 ms beat (10 ms on average) on both bridges',
  )
  for (const calls of sizes) {
    const base = await baseline(calls, seconds)
    const ours = await worker(calls, seconds)
    rows(report, calls, base, ours)
  }
  await setUp(report, options)
  await overload(report)
  await turnGaps(report, options)
  report.note('not measured here: TLS to the provider, a real network, SRTP, resampling providers, other CPU models')
}

async function baseline(calls: number, seconds: number): Promise<Measured> {
  const load = new LoadProcess()
  const { port } = await load.ask({ do: 'listen' }, 'listening')
  const forwarder = start(process.execPath, [
    ...NODE_FLAGS,
    'test/bench/calls/forwarder.ts',
    String(calls),
    String(port),
  ])
  try {
    const ports = JSON.parse((await forwarder.waitFor(/^\[.*\]$/m, 20_000))[0]) as number[]
    await load.ask({ do: 'direct', ports }, 'up')
    return await measure(load, forwarder.pid, calls, seconds)
  } finally {
    await forwarder.stop()
    load.stop()
  }
}

async function worker(
  calls: number,
  seconds: number,
): Promise<Measured & { rssIdle: number; rssBusy: number; startedInMs: number }> {
  const load = new LoadProcess()
  const { port } = await load.ask({ do: 'listen' }, 'listening')
  const product = await startWorker({
    baseURL: `http://127.0.0.1:${port}/v1/realtime`,
    slots: calls + 10,
    codecs: ['PCMU'],
    ...AS_SHIPPED,
  })
  try {
    await sleep(1000)
    const rssIdle = rssMiB(product.process.pid)
    const { calls: up } = await load.ask(
      { do: 'sip', calls, perSecond: 50, sipPort: product.sipPort, number: NUMBER },
      'up',
    )
    if (up !== calls) throw new Error(`${up} of ${calls} calls came up: ${product.process.output().slice(-1500)}`)
    const measured = await measure(load, product.process.pid, calls, seconds)
    const rssBusy = rssMiB(product.process.pid)
    await load.ask({ do: 'hangUp' }, 'down')
    return { ...measured, rssIdle, rssBusy, startedInMs: product.startedInMs }
  } finally {
    await product.stop()
    load.stop()
  }
}

async function measure(load: LoadProcess, pid: number, calls: number, seconds: number): Promise<Measured> {
  await sleep(WARM_UP_MS)
  const before = cpuMs(pid)
  const { window } = await load.ask({ do: 'window', seconds }, 'window')
  return { window, cost: (cpuMs(pid) - before) / calls / window.seconds }
}

function rows(report: Report, calls: number, base: Measured, ours: Awaited<ReturnType<typeof worker>>): void {
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

/** INVITE → 180 and → 200 at 50 calls a second. */
async function setUp(report: Report, options: Options): Promise<void> {
  const calls = Number(options['setup'] ?? 200)
  const load = new LoadProcess()
  const { port } = await load.ask({ do: 'listen' }, 'listening')
  const product = await startWorker({
    baseURL: `http://127.0.0.1:${port}/v1/realtime`,
    slots: calls + 10,
    codecs: ['PCMU'],
    ...AS_SHIPPED,
  })
  try {
    const {
      calls: up,
      refused,
      failed,
    } = await load.ask({ do: 'sip', calls, perSecond: 50, sipPort: product.sipPort, number: NUMBER }, 'up')
    const { window } = await load.ask({ do: 'window', seconds: 1 }, 'window')
    report.row({
      name: 'at 50 calls/s: INVITE → 180 p50 / p99',
      value: `${window.ringing.p50.toFixed(1)} / ${window.ringing.p99.toFixed(1)} ms`,
      aim: 'p99 <= 50 ms',
      ok: window.ringing.p99 <= 50,
    })
    report.row({
      name: 'at 50 calls/s: INVITE → 200 p50 / p99',
      value: `${window.answered.p50.toFixed(1)} / ${window.answered.p99.toFixed(1)} ms`,
      ok: true,
    })
    report.row({
      name: 'at 50 calls/s: calls up, refused, failed',
      value: `${up}, ${refused}, ${failed}`,
      aim: `${calls}, 0, 0`,
      ok: up === calls,
    })
  } finally {
    await product.stop()
    load.stop()
  }
}

/** At 150 % offered, carried calls keep their quality and the rest get 503. */
async function overload(report: Report): Promise<void> {
  const slots = 60
  const offered = slots * 1.5
  const load = new LoadProcess()
  const { port } = await load.ask({ do: 'listen' }, 'listening')
  const product = await startWorker({
    baseURL: `http://127.0.0.1:${port}/v1/realtime`,
    slots,
    codecs: ['PCMU'],
    ...AS_SHIPPED,
  })
  try {
    const {
      calls: up,
      refused,
      failed,
    } = await load.ask({ do: 'sip', calls: offered, perSecond: 30, sipPort: product.sipPort, number: NUMBER }, 'up')
    const { window } = await load.ask({ do: 'window', seconds: 10 }, 'window')
    report.row({
      name: `150 % offered (${offered} on ${slots} slots): carried, 503, failed`,
      value: `${up}, ${refused}, ${failed}`,
      aim: `${slots}, ${offered - slots}, 0`,
      ok: up === slots && refused === offered - slots && failed === 0,
    })
    report.row({
      name: '150 % offered: gap between agent frames p99 of carried calls',
      value: window.gap.p99,
      unit: 'ms',
      aim: `<= ${MAX_GAP_MS}`,
      ok: window.gap.p99 <= MAX_GAP_MS,
    })
  } finally {
    await product.stop()
    load.stop()
  }
}
