/**
 * `npm run conformance -- barge-in [--count 200] [--seed N] [--phones 8]`: callers interrupt the agent at random, and real phones judge.
 *
 * Several baresips call at once. Each plays a file with bursts of recorded voices at random moments (and some noises too short to be
 * speech); the agent speaks a watermark in which every 20 ms names item and offset. For each burst:
 *
 * - **when**: the provider's `speech_started`, as the simulator logs it (CLOCK_MONOTONIC);
 * - **silence**: the end of the last sound of the agent that came to the phone's RTP port before the caller was done, by a capture on
 *   loopback (arrival of the packet + its 20 ms). At most 60 ms after `speech_started`;
 * - **truncation**: of each item, what the phone's own recording holds of it, to the sample, against `audio_end_ms` as the provider got
 *   it: never beyond, less than 20 ms before. Items heard to their end are not truncated; items never heard are, to 0; items that
 *   were cut and of which the provider does not know are a fault; so are holes in what was heard (a pause must go on at the same sample).
 *
 * Bursts around which packets came late, of the phone or to it, are not timed, and do not count as judged: the machine was too busy to
 * measure. What was heard and what the provider was told of it is judged there, too. When packets stop in one call alone, that is a fault.
 *
 * A burst that met no agent is no barge-in and does not count. A burst that the provider did not hear, a speech_started that is no burst,
 * and an event without a verdict count as failed; so does a run with fewer barge-ins than asked for, after the phones have called again for
 * those that the machine was too busy to judge.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { seeded } from '#simulators/caller/random.ts'
import { decode } from '#simulators/watermark/decode.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { type Datagram, startCapture } from '#test/measure/capture.ts'
import { aloneOf, gapsOf } from '#test/measure/stalls.ts'
import { clockOffset, type Wire, wireOf } from '#test/measure/wire.ts'
import { type Baresip, startBaresip } from '#test/phones/baresip.ts'
import { sleep } from '#test/phones/process.ts'
import { readWav, writeWav } from '#test/phones/wav.ts'
import { type Product, startProduct } from '#test/product/product.ts'
import { eventsOf, type SimEvent, type SimSession, sessionsOf } from '#test/product/simulator-view.ts'
import { type Judgement, judge } from './judge.ts'
import { type PhonePlan, planPhone, planScript, TURN_SILENCE_MS } from './plan.ts'
import { metOf, report as tell } from './report.ts'
import { startSlowTool } from './slow-tool.ts'
import { spokenOf } from './spoken.ts'

/** Bursts that are planned for one barge-in: some are noises, some meet a silent agent, some a machine that is too busy. */
const BURSTS_PER_BARGE_IN = 1.9
/** Of each phone: in a small run one stall of the machine is much. */
const SPARE_BURSTS = 2
/** A machine that was too busy for many of them is asked again for the rest, so often. */
const MAX_ROUNDS = 3
/** Long enough for a caller to speak between the response and its first audio. */
const LATENCY_MS = 300
const PHONE_PORTS = 8
const NOTHING_CAME: Wire = { packets: [], samples: new Int16Array(0), lost: 0 }

interface Call {
  readonly phone: Baresip
  readonly plan: PhonePlan
}

export async function run(report: Report, options: Options): Promise<void> {
  const count = Number(options['count'] ?? 200)
  const phones = Number(options['phones'] ?? 8)
  const seed = Number(options['seed'] ?? Math.floor(Math.random() * 2 ** 31))
  report.note(`seed ${seed}, ${phones} phones (baresip) at once`)
  const random = seeded(seed)
  const folder = mkdtempSync(join(tmpdir(), 'barge-in-'))
  const script = join(folder, 'script.yaml')
  writeFileSync(script, stringify(planScript(random, burstsOf(count, phones))))
  const tool = await startSlowTool(random)
  const product = await startProduct({
    simulate: ['--speech', 'watermark', '--script', script, '--latency', String(LATENCY_MS)],
    openAI: { turnDetection: { type: 'server_vad', silence_duration_ms: TURN_SILENCE_MS } },
    agent: {
      greeting: { text: 'Acme Dental, how can I help?' },
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
    codecs: ['PCMU', 'PCMA'],
    slots: phones + 2,
  })
  const rounds: Round[] = []
  try {
    const judged = (): Judgement[] => rounds.flatMap(r => r.judgements)
    for (let i = 0; i < MAX_ROUNDS && metOf(judged()) < count; i++) {
      const plans = Array.from({ length: phones }, () => planPhone(random, burstsOf(count - metOf(judged()), phones)))
      rounds.push(await round(report, folder, { plans, product }))
    }
    report.note(`slow tool called ${tool.calls()} times`)
    tell(report, judged(), count)
    if (report.failed > 0) keep(report, folder, rounds)
  } finally {
    await product.stop()
    await tool.stop()
  }
}

interface Round {
  readonly recordings: readonly string[]
  readonly judgements: readonly Judgement[]
  readonly events: readonly SimEvent[]
}

/** One call of every phone, and what the judge says of it. */
async function round(
  report: Report,
  folder: string,
  { plans, product }: { plans: readonly PhonePlan[]; product: Product },
): Promise<Round> {
  const calls: Call[] = []
  const known = new Set((await sessionsOf(product.simulatorUrl)).map(s => s.id))
  try {
    for (const [i, plan] of plans.entries()) {
      const play = join(folder, `caller-${i}.wav`)
      writeWav(play, { rateHz: 8000, channels: 1, samples: plan.samples })
      calls.push({ phone: await startBaresip({ play, codecs: [i % 2 === 0 ? 'PCMU' : 'PCMA'] }), plan })
    }
    const capture = await startCapture(calls.map(c => `portrange ${ports(c).join('-')}`).join(' or '))
    const before = clockOffset()
    await Promise.all(calls.map((call, i) => talk(call, product.uri, i)))
    const offset = (before + clockOffset()) / 2
    const events = await eventsOf(product.simulatorUrl)
    const sessions = (await sessionsOf(product.simulatorUrl)).filter(s => !known.has(s.id))
    const datagrams = await capture.stop()
    report.note(`${plans.length} calls, ${datagrams.length} packets captured`)
    const wires = calls.map(call => wireOf(datagrams, isOf(call, 'port'), offset))
    const judgements = calls.map((call, i) => {
      const heard = recordingOf(call.phone)
      const wire = wires[i] ?? NOTHING_CAME
      const sent = wireOf(datagrams, isOf(call, 'sourcePort'), offset)
      const spoken = spokenOf(call.plan.bursts, sent)
      const alone = aloneOf(wire, wires.toSpliced(i, 1))
      const stalls = [...gapsOf(wire).filter(gap => !alone.some(a => a.from === gap.from)), ...gapsOf(sent)]
      const session = sessionOf(heard, sessions)
      const own = events.filter(e => e.session === session?.id).sort((a, b) => a.n - b.n)
      return judge({ spoken, stalls, alone, events: own, items: session?.items ?? [], heard, wire })
    })
    return { recordings: calls.flatMap(c => c.phone.recordings().heard), judgements, events }
  } finally {
    for (const { phone } of calls) await phone.stop()
  }
}

/** Bursts for a phone, so that all of them together will do. */
function burstsOf(count: number, phones: number): number {
  return SPARE_BURSTS + Math.ceil((count * BURSTS_PER_BARGE_IN) / phones)
}

async function talk({ phone, plan }: Call, uri: string, index: number): Promise<void> {
  // Not in step: each caller has its own 20 ms grid.
  await sleep(index * 157)
  phone.dial(uri)
  await phone.waitFor('CALL_ESTABLISHED', 10_000)
  await sleep(plan.ms)
  phone.hangUp()
  await phone.waitFor('CALL_CLOSED', 5000)
  await sleep(300)
}

function ports({ phone }: Call): [number, number] {
  return [phone.rtpPort, phone.rtpPort + PHONE_PORTS]
}

const isOf = (call: Call, side: 'port' | 'sourcePort') => {
  const [from, to] = ports(call)
  return (datagram: Datagram): boolean => datagram[side] >= from && datagram[side] <= to
}

function recordingOf(phone: Baresip): Int16Array {
  const { heard } = phone.recordings()
  if (heard.length !== 1) throw new Error(`the phone made ${heard.length} recordings of one call`)
  return readWav(heard[0] ?? '').samples
}

/** The session whose items this phone heard. */
function sessionOf(heard: Int16Array, sessions: readonly SimSession[]): SimSession | undefined {
  const marks = new Map<number, number>()
  for (const { item } of decode(heard)) marks.set(item, (marks.get(item) ?? 0) + 1)
  const heardOf = (s: SimSession): number =>
    s.items.reduce((sum, i) => sum + (i.mark === null ? 0 : (marks.get(i.mark) ?? 0)), 0)
  return sessions.filter(s => heardOf(s) > 0).sort((a, b) => heardOf(b) - heardOf(a))[0]
}

/** What a failed run leaves, to be looked at. */
function keep(report: Report, folder: string, rounds: readonly Round[]): void {
  const events = rounds.at(-1)?.events ?? []
  writeFileSync(join(folder, 'events.jsonl'), events.map(e => `${JSON.stringify(e)}\n`).join(''))
  const judgements = rounds.flatMap(r => r.judgements)
  writeFileSync(join(folder, 'judgements.json'), JSON.stringify(judgements, null, 1))
  report.note(`kept: ${folder}, recordings ${rounds.flatMap(r => r.recordings).join(' ')}`)
}
