/** A phone call with a Gemini agent: what the phone heard, by the watermark, and what the provider saw. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Caller, startCaller } from '#simulators/caller/caller.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import type { ScriptInput } from '#simulators/realtime/script.ts'
import { decode } from '#simulators/watermark/decode.ts'
import { heardOf, lastSampleOf } from '#simulators/watermark/heard.ts'
import { startCapture } from '#test/measure/capture.ts'
import { MachineWatch } from '#test/measure/machine.ts'
import { goFirst } from '#test/measure/priority.ts'
import { clockOffset, timeOf, type Wire, wireOf } from '#test/measure/wire.ts'
import { type Child, freePort, sleep, start } from '#test/phones/process.ts'
import { type RunningWorker, startWorker } from '#test/product/product.ts'
import { eventsOf, type SimEvent } from '#test/product/simulator-view.ts'
import { SCRIPT } from './script.ts'

export const KEY = 'simulated-key-0123456789'
/** The recorded caller pauses in the middle of a goodbye. */
const DETECTION = { silenceDurationMs: 900 }
const START_MS = 20_000

export interface Wanted {
  /** What the caller does; with `meanwhile` it may also do as that says. */
  readonly steps: readonly StepInput[]
  /** Of the agent's model, beside what all have. */
  readonly model?: Readonly<Record<string, unknown>>
  /** Flags of the simulator. */
  readonly limits?: readonly string[]
  readonly scene?: ScriptInput
  /** Done while the call goes on, with the simulator's address. */
  readonly meanwhile?: (caller: Caller, baseURL: string) => Promise<void>
}

/** A worker and a simulator, each in a process of its own, with the call that is to be made. */
export interface Stage {
  readonly make: () => Promise<Made>
  readonly close: () => Promise<void>
}

/** Of what the simulator tells of a connection. */
interface Seen {
  readonly resumed: boolean
  readonly items: readonly { mark: number | null; text: string; sentMs: number; wholeMs: number }[]
}

export interface Made {
  readonly sessions: readonly Seen[]
  readonly log: readonly SimEvent[]
  readonly caller: Caller
  readonly ok: boolean
  readonly failed: readonly string[]
  readonly output: string
  /** When one of the three had to wait for a processor during the call; ms in all. */
  readonly stalledMs: number
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

/** @param tool URL of the agent's tool */
export async function openStage(wanted: Wanted, tool: string): Promise<Stage> {
  const { model, limits = [], scene = SCRIPT } = wanted
  const { simulator, baseURL } = await simulate(limits, scene)
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
  goFirst(simulator.pid, worker.process.pid)
  return {
    make: () => call(wanted, worker, simulator, baseURL),
    close: async () => {
      await worker.stop()
      await simulator.stop(2000)
    },
  }
}

async function call(
  { steps, meanwhile }: Wanted,
  worker: RunningWorker,
  simulator: Child,
  baseURL: string,
): Promise<Made> {
  const { from, to } = worker.rtpPorts
  const machine = new MachineWatch()
  try {
    for (const { pid } of [simulator, worker.process]) machine.watch(pid)
    const capture = await startCapture(`src portrange ${from}-${to}`)
    const caller = await startCaller({ to: worker.uri, script: steps })
    const driven = meanwhile?.(caller, baseURL).catch((error: unknown) => {
      caller.hangUp()
      return error instanceof Error ? error.message : String(error)
    })
    const { ok, failed } = await caller.done
    const undone = (await driven) ?? ''
    const stalledMs = machine.stalls.reduce((sum, stall) => sum + stall.to - stall.from, 0)
    const wire = wireOf(await capture.stop(), d => d.sourcePort >= from && d.sourcePort <= to, clockOffset())
    const sessions = (await (await fetch(`${baseURL}/_sim/sessions`)).json()) as Seen[]
    const seen = { sessions, log: await eventsOf(baseURL), caller, output: worker.process.output(), stalledMs }
    return {
      ...seen,
      ok: ok && undone === '',
      failed: undone === '' ? failed : [...failed, undone],
      heard: heardIn(wire, sessions),
    }
  } finally {
    machine.close()
  }
}

function heardIn(wire: Wire, sessions: readonly Seen[]): Made['heard'] {
  const inTime = decode(wire.samples)
  // what came, without the silence between: a stall of a busy machine parts a frame of the watermark, and loses nothing
  const sound = wire.samples.filter(sample => sample !== 0)
  const marks = decode(sound)
  const items = new Map(sessions.flatMap(s => s.items.flatMap(i => (i.mark === null ? [] : [[i.mark, i] as const]))))
  return [...items.values()].map(({ mark, text, sentMs, wholeMs }) => {
    const found = heardOf(sound, marks, mark ?? 0)
    const endAt = timeOf(wire, lastSampleOf(wire.samples, inTime, mark ?? 0) ?? 0)
    return { text, sentMs, wholeMs, heardMs: (found?.endOffset ?? 0) / 8, missing: found?.missing.length ?? 0, endAt }
  })
}

/** In a process of its own: to make sound takes time, and the phone must not lose any for it. */
async function simulate(limits: readonly string[], scene: ScriptInput): Promise<{ simulator: Child; baseURL: string }> {
  const port = await freePort()
  const baseURL = `http://127.0.0.1:${port}`
  const script = join(mkdtempSync(join(tmpdir(), 'gemini-')), 'script.yaml')
  writeFileSync(script, stringify(scene))
  const flags = ['--port', String(port), '--script', script, '--speech', 'watermark', ...limits]
  const simulator = start(process.execPath, ['cli/main.ts', 'simulate', 'gemini', ...flags])
  for (let waited = 0; waited < START_MS; waited += 50) {
    const answer = await fetch(`${baseURL}/_sim/sessions`).catch(() => null)
    if (answer?.ok === true) return { simulator, baseURL }
    await sleep(50)
  }
  throw new Error(`the simulator did not start:\n${simulator.output().slice(-2000)}`)
}
