/**
 * `npm run conformance -- echo [--minutes 10] [--seed N]`: callers on a speaker, whose microphone hears the agent, and now and then the caller.
 *
 * Nine phones on speaker at once (`speaker-phone.ts`), one for each of −10, −20, −30 dB at 30, 150, 400 ms: what they play goes, later and
 * quieter, into what they send. First the agent speaks recorded words, then the same with the watermark's noise. The provider's voice
 * detection is set so sensitive (threshold 0.2, −52 dBFS) that echo of every level makes it report speech. Each caller asks and
 * listens, and in the end asks and speaks over the answer. Judged sample by sample by a capture of what came to the caller's port:
 *
 * - **false barge-ins**: a response that nobody spoke over and of which a part was not heard, or that was truncated or cancelled; or one
 *   that answers nobody (an echo taken for a turn). None, in at least the wanted minutes of echo;
 * - **provisional pauses**: moments at which the agent stood still and went on at the same sample, with nobody speaking;
 * - **double talk**: the caller speaks over the agent and its echo. All are found; from the caller's first sound to the agent's last.
 *
 * The provider makes responses by itself to what it takes for turns, echoes too: those must not be heard, and are counted.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { seeded } from '#simulators/caller/random.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { startCapture } from '#test/measure/capture.ts'
import { clockOffset, wireOf } from '#test/measure/wire.ts'
import { HandSip } from '#test/phones/hand-sip.ts'
import { sleep } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'
import { startProduct } from '#test/product/product.ts'
import { eventsOf, sessionsOf } from '#test/product/simulator-view.ts'
import { type Judgement, judge } from './judge.ts'
import { ANSWER_MS, CONDITIONS, KINDS, type Kind, type Part, planCaller, planScript } from './plan.ts'
import { tellEcho } from './report.ts'
import { type Echo, SpeakerPhone } from './speaker-phone.ts'
import { talk } from './talk.ts'

/** Spoken over in each call. */
const OVERS = 3
const THRESHOLD = 0.2
const STAGGER_MS = 431
const TURNS = 60

export interface JudgedCall extends Judgement {
  readonly kind: Kind
  readonly echo: Echo
  /** What the caller could not do. */
  readonly failed: readonly string[]
}

export async function run(report: Report, options: Options): Promise<void> {
  const minutes = Number(options['minutes'] ?? 10)
  const seed = Number(options['seed'] ?? Math.floor(Math.random() * 2 ** 31))
  report.note(`seed ${seed}, ${CONDITIONS.length} callers at once, agent in ${KINDS.join(', then ')}`)
  const random = seeded(seed)
  // Each caller speaks over OVERS answers, and hears the next one out: that is echo, too.
  const answers = (minutes * 60_000) / (CONDITIONS.length * KINDS.length * ANSWER_MS)
  const listens = Math.max(2, Math.ceil(answers - OVERS))
  const judged: JudgedCall[] = []
  for (const kind of KINDS) judged.push(...(await round(kind, listens, random)))
  tellEcho(report, judged, minutes * 60_000, OVERS)
}

async function round(kind: Kind, listens: number, random: () => number): Promise<JudgedCall[]> {
  const folder = mkdtempSync(join(tmpdir(), 'echo-'))
  const script = join(folder, 'script.yaml')
  writeFileSync(script, stringify(planScript(random, kind, TURNS)))
  const product = await startProduct({
    simulate: ['--speech', kind, '--script', script],
    openAI: { turnDetection: { type: 'server_vad', threshold: THRESHOLD } },
    agent: { greeting: { text: 'Acme Dental, how can I help?' } },
    codecs: ['PCMU'],
    slots: CONDITIONS.length + 2,
  })
  const sip = await HandSip.open(product.sipPort)
  try {
    const { from, to } = product.rtpPorts
    const capture = await startCapture(`src portrange ${from}-${to}`)
    const before = clockOffset()
    const phones: SpeakerPhone[] = []
    const talks: Promise<string[]>[] = []
    for (const echo of CONDITIONS) {
      const phone = await SpeakerPhone.open(sip, echo)
      phones.push(phone)
      const parts = planCaller(random, listens, OVERS)
      await phone.dial(NUMBER)
      talks.push(talkAndHangUp(phone, parts))
      await sleep(STAGGER_MS)
    }
    const failed = await Promise.all(talks)
    const offset = (before + clockOffset()) / 2
    await sleep(300)
    const [sessions, events] = [await sessionsOf(product.simulatorUrl), await eventsOf(product.simulatorUrl)]
    const datagrams = await capture.stop()
    if (sessions.length !== phones.length) throw new Error(`${sessions.length} sessions for ${phones.length} calls`)
    // A session is opened for each call while it rings, and calls began well apart.
    const inOrder = [...sessions].sort((a, b) => a.openedAt - b.openedAt)
    const calls = phones.map(({ says, agentPort }, i): JudgedCall => {
      const session = inOrder[i]
      const own = events.filter(e => e.session === session?.id).sort((a, b) => a.n - b.n)
      const wire = wireOf(datagrams, d => d.sourcePort === agentPort, offset)
      const judgement = judge({ kind, says, events: own, items: session?.items ?? [], wire })
      return { ...judgement, kind, echo: CONDITIONS[i] as Echo, failed: failed[i] ?? [] }
    })
    writeFileSync(join(folder, 'events.jsonl'), events.map(e => `${JSON.stringify(e)}\n`).join(''))
    writeFileSync(join(folder, 'judged.json'), JSON.stringify(calls, null, 1))
    return calls
  } finally {
    sip.close()
    await product.stop()
  }
}

async function talkAndHangUp(phone: SpeakerPhone, parts: readonly Part[]): Promise<string[]> {
  try {
    return await talk(phone, parts)
  } finally {
    await phone.hangUp()
  }
}
