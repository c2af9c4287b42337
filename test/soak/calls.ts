import { readdirSync, readFileSync } from 'node:fs'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { openFiles, rssMiB, udpPorts } from '#test/measure/process-stat.ts'
import { slopePercent } from '#test/measure/slope.ts'
import { HandSip } from '#test/phones/hand-sip.ts'
import { sleep } from '#test/phones/process.ts'
import { type Product, startProduct } from '#test/product/product.ts'
import { type Around, runCaller, type Seen, WAYS } from './caller.ts'

/** Long enough for every SIP timer (64*T1 = 32 s) and for ports that are kept closed to reuse. */
const SETTLE_MS = 45_000
/** Below this the heap is still warming up, and a slope says nothing. */
const LEAST_MINUTES_FOR_SLOPE = 5
const MAX_SLOPE_PERCENT = 1
const SAMPLE_MS = 2000

interface Left {
  readonly files: number
  readonly ports: number
  readonly timers: number
  readonly calls: number
}

export async function run(report: Report, options: Options): Promise<void> {
  const minutes = Number(options['minutes'] ?? 10)
  const atOnce = Number(options['calls'] ?? 50)
  const product = await startProduct({
    slots: atOnce + 20,
    // as users start it: how much memory Node takes before it cleans up is part of that
    node: 'bin/switchboard',
    entry: [],
    agent: { limits: { call: { max: '12s' }, mediaLost: '5s' }, silence: { after: '5s' } },
  })
  try {
    // The first call loads what is loaded lazily; the start is taken behind it.
    const around = await surroundings(product)
    await runCaller('bye', around, {})
    await sleep(SETTLE_MS)
    const before = await left(product)
    const seen: Seen = {}
    const rss = await load(product, around, seen, minutes, atOnce)
    await sleep(SETTLE_MS)
    const after = await left(product)
    judge(report, { before, after, seen, rss, minutes, alive: isAlive(product) })
  } finally {
    await product.stop()
  }
}

async function load(product: Product, around: Around, seen: Seen, minutes: number, atOnce: number): Promise<number[]> {
  const end = performance.now() + minutes * 60_000
  const rss: number[] = []
  let next = 0
  const caller = async (): Promise<void> => {
    while (performance.now() < end) await runCaller(WAYS[next++ % WAYS.length] ?? 'bye', around, seen)
  }
  const watch = async (): Promise<void> => {
    while (performance.now() < end && isAlive(product)) {
      rss.push(rssMiB(product.process.pid))
      await sleep(SAMPLE_MS)
    }
  }
  const lines = Array.from({ length: atOnce }, async (_, i) => {
    await sleep(i * 100)
    await caller()
  })
  await Promise.all([...lines, watch()])
  return rss
}

function judge(
  report: Report,
  it: { before: Left; after: Left; seen: Seen; rss: number[]; minutes: number; alive: boolean },
): void {
  const total = Object.values(it.seen).reduce((a, b) => a + b, 0)
  report.note(
    `calls by final status: ${Object.entries(it.seen)
      .map(([k, v]) => `${k}: ${v}`)
      .join(', ')}`,
  )
  report.check('the worker lives', it.alive)
  report.row({
    name: 'calls begun',
    value: total,
    aim: `>= ${Math.floor(it.minutes * 200)}`,
    ok: total >= it.minutes * 200,
  })
  report.row({
    name: 'calls without a final answer',
    value: it.seen['none'] ?? 0,
    aim: '0',
    ok: (it.seen['none'] ?? 0) === 0,
  })
  for (const status of ['200', '404', '487', '488']) {
    report.row({
      name: `calls that ended the set-up with ${status}`,
      value: it.seen[status] ?? 0,
      aim: '> 0',
      ok: (it.seen[status] ?? 0) > 0,
    })
  }
  for (const what of ['files', 'ports', 'timers', 'calls'] as const) {
    const [before, after] = [it.before[what], it.after[what]]
    // Idle keep-alive sockets of the metrics scrape itself may differ by one.
    const slack = what === 'files' || what === 'timers' ? 2 : 0
    report.row({
      name: `${what} before → after`,
      value: `${before} → ${after}`,
      aim: 'equal',
      ok: Math.abs(after - before) <= slack,
    })
  }
  const half = it.rss.slice(Math.floor(it.rss.length / 2))
  const slope = slopePercent(half)
  const counts = it.minutes >= LEAST_MINUTES_FOR_SLOPE
  report.row({
    name: 'RSS slope over the second half',
    value: slope,
    unit: `% of ${(half[0] ?? 0).toFixed(0)} MiB`,
    aim: counts ? `< ${MAX_SLOPE_PERCENT}` : `judged from ${LEAST_MINUTES_FOR_SLOPE} minutes`,
    ok: !counts || slope < MAX_SLOPE_PERCENT,
  })
}

async function left(product: Product): Promise<Left> {
  const metrics = String(await product.get('/metrics'))
  const timers = /^switchboard_process_timers(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1]
  if (timers === undefined) throw new Error('the worker does not export switchboard_process_timers')
  return {
    files: openFiles(product.process.pid),
    ports: udpPorts(product.process.pid).length,
    timers: Number(timers),
    calls: await product.busy(),
  }
}

async function surroundings(product: Product): Promise<Around> {
  let seed = 42
  return {
    sip: await HandSip.open(product.sipPort),
    // A fixed seed: a soak that failed can be run again.
    random: () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return seed / 2 ** 32
    },
    endOne: async () => {
      const { calls } = (await product.get('/v1/calls')) as { calls: { id: string }[] }
      const one = calls[0]
      if (one !== undefined)
        await fetch(`http://127.0.0.1:${product.httpPort}/v1/calls/${one.id}`, { method: 'DELETE' })
    },
    dropOne: async () => {
      const body = JSON.stringify({ kind: 'drop' })
      await fetch(`${product.simulatorUrl}/_sim/faults`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
    },
    speech: speech(),
  }
}

/** Two seconds of a clip, then four of silence (undefined). */
function speech(): Buffer[] {
  const folder = new URL('../../simulators/speech/clips/', import.meta.url)
  const file =
    readdirSync(folder).find(f => f.startsWith('caller') && f.endsWith('.ul')) ??
    readdirSync(folder).find(f => f.endsWith('.ul'))
  if (file === undefined) throw new Error('no clip of a caller')
  const bytes = readFileSync(new URL(file, folder))
  return Array.from({ length: Math.min(100, Math.floor(bytes.length / 160)) }, (_, i) =>
    bytes.subarray(i * 160, i * 160 + 160),
  )
}

function isAlive(product: Product): boolean {
  try {
    process.kill(product.process.pid, 0)
    return true
  } catch {
    return false
  }
}
