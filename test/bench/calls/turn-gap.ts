/**
 * The turn gap by who creates responses: the provider at the end of a turn (`model.responses: Provider`), or the worker when it is told of that end
 * (`Switchboard`). Both at once: a worker each, the same Realtime simulator, the same callers in step, so that what the machine does to one it
 * does to the other. From the last loud sample that a caller says to the first one of the agent that it hears, by its own recording.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Caller, startCaller } from '#simulators/caller/caller.ts'
import { seeded } from '#simulators/caller/random.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { freePort, start } from '#test/phones/process.ts'
import { startWorker } from '#test/product/product.ts'
import { startDelayLine } from './delay-line.ts'
import { type Spread, spread } from './protocol.ts'

const SETTINGS = ['Provider', 'Switchboard'] as const
type Setting = (typeof SETTINGS)[number]

/** One way, in ms: this machine, and a provider on the same continent. */
const DISTANCES_MS = [0, 30]
const CALLERS = 4
/** What the simulator's voice detection wants of silence before a turn is over: part of every gap. */
const SILENCE_MS = 500
/** Of the simulated model, from a response to its first audio: the least that it takes. */
const THINKING_MS = 1
const LOUD = 70

export async function turnGaps(report: Report, options: Options): Promise<void> {
  const turns = Number(options['turns'] ?? 12)
  report.note(
    `turn gap: ${CALLERS} callers a setting, ${turns} turns each, against the Realtime simulator: it answers ${SILENCE_MS} ms after the last loud sample (server_vad) and thinks for ${THINKING_MS} ms, so what is over ${SILENCE_MS} ms is the way there and back, batches of 40 ms, and the wait for the next 20 ms frame`,
  )
  for (const distance of DISTANCES_MS) {
    const gaps = await measure(turns, distance)
    const at = distance === 0 ? 'provider on this machine' : `provider ${distance} ms away, each way`
    for (const setting of SETTINGS) {
      const { n, p50, p99 } = gaps[setting]
      report.row({
        name: `turn gap, responses: ${setting}, ${at}: p50 / p99`,
        value: `${p50.toFixed(0)} / ${p99.toFixed(0)} ms (${n} turns)`,
        aim: `each of ${CALLERS * turns} turns answered`,
        ok: n === CALLERS * turns,
      })
    }
    report.row({
      name: `turn gap, Switchboard over Provider, ${at}: p50`,
      value: gaps.Switchboard.p50 - gaps.Provider.p50,
      unit: 'ms',
      ok: true,
    })
  }
  report.note(
    'of the turn gap not measured: a real model’s thinking and voice detection, TLS, lost packets on the way to the provider, semantic_vad',
  )
}

async function measure(turns: number, distance: number): Promise<Record<Setting, Spread>> {
  const port = await freePort()
  const script = join(mkdtempSync(join(tmpdir(), 'turn-gap-')), 'script.yaml')
  const answer = { name: 'answer', on: 'caller', repeat: true, say: 'words', ms: 600 }
  writeFileSync(script, stringify({ name: 'turn-gap', turns: [answer] }))
  const simulate = [
    '--port',
    String(port),
    '--speech',
    'watermark',
    '--script',
    script,
    '--latency',
    String(THINKING_MS),
  ]
  const simulator = start(process.execPath, ['cli/main.ts', 'simulate', 'realtime', ...simulate])
  const closers: (() => unknown)[] = [() => simulator.stop(2000)]
  try {
    await simulator.waitFor(/listening|ws:|http:/i, 15_000)
    const line = await startDelayLine(port, distance)
    closers.push(() => line.close())
    const callers: Promise<[Setting, Caller]>[] = []
    const workers = new Map<Setting, string>()
    for (const setting of SETTINGS) {
      const worker = await startWorker({
        baseURL: '',
        codecs: ['PCMU'],
        agent: { model: modelOf(setting, `http://127.0.0.1:${line.port}/v1/realtime`) },
      })
      closers.push(() => worker.stop())
      workers.set(setting, worker.uri)
    }
    for (let n = 0; n < CALLERS; n++)
      for (const [setting, to] of workers)
        callers.push(startCaller({ to, script: scriptOf(turns, n) }).then(caller => [setting, caller]))
    const done: Record<Setting, number[]> = { Provider: [], Switchboard: [] }
    for (const [setting, caller] of await Promise.all(callers)) {
      await caller.done
      done[setting].push(...gapsOf(caller))
    }
    return { Provider: spread(done.Provider), Switchboard: spread(done.Switchboard) }
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

function modelOf(responses: Setting, baseURL: string): Readonly<Record<string, unknown>> {
  const turnDetection = { type: 'server_vad', silence_duration_ms: SILENCE_MS }
  return { provider: 'OpenAI', responses, openAI: { model: 'gpt-realtime-2.1', baseURL, turnDetection } }
}

/** Not in step with the frames of the worker, nor with those of another caller. */
function scriptOf(turns: number, seed: number): StepInput[] {
  const random = seeded(seed + 1)
  const pause = (): StepInput => ({ wait: 400 + Math.round(random() * 400) })
  return Array.from({ length: turns }, (): StepInput[] => [pause(), { say: 'yes' }, 'listen']).flat()
}

/** For each of its turns: last loud sample said → first loud sample heard, in ms. */
function gapsOf(caller: Caller): number[] {
  const recording = caller.recording()
  if (recording === null) return []
  const said = recording.side('caller')
  const gaps: number[] = []
  for (const [i, event] of caller.events.entries()) {
    if (event.type !== 'said') continue
    const next = caller.events.slice(i + 1).find(({ type }) => type === 'heard-start' || type === 'say')
    if (next?.type !== 'heard-start') continue
    let last = Math.min(recording.sampleAt(event.t), said.length - 1)
    while (last > 0 && Math.abs(said[last] ?? 0) < LOUD) last--
    gaps.push(next.t - recording.timeOf(last))
  }
  return gaps
}
