/** SIPp's scenarios, and what else must be true of each: on the wire, at the model. */
import { fileURLToPath } from 'node:url'
import type { Report } from '#test/harness/report.ts'
import { type Datagram, rtpOf, startCapture } from '#test/measure/capture.ts'
import { freePort, sleep } from '#test/phones/process.ts'
import { receivedBySipp, runSipp, type SippMessage, type SippRun } from '#test/phones/sipp.ts'
import type { Product } from '#test/product/product.ts'
import { eventsOf, inject, type SimEvent, type SimSession, sessionsOf } from '#test/product/simulator-view.ts'
import type { Path } from './main.ts'

const SPEECH = fileURLToPath(new URL('../../../simulators/speech/clips/caller-ask.ul', import.meta.url))
const SILENT_AFTER_MS = 200
/** How far a retransmission may be off its time. */
const REPEAT_MS = 250

/** What a case left behind, for judges. */
interface Traces {
  /** RTP of the worker, in order. */
  readonly rtp: readonly Datagram[]
  readonly session: SimSession | undefined
  readonly events: readonly SimEvent[]
  readonly moved: number
  /** 200s to the INVITE as they came to SIPp, retransmissions included. */
  readonly answers: readonly SippMessage[]
}

interface Case {
  readonly name: string
  readonly about: string
  readonly run?: Partial<SippRun>
  /** Only without a proxy, which would answer by itself. */
  readonly direct?: boolean
  readonly before?: (product: Product) => Promise<void>
  readonly during?: (product: Product) => Promise<void>
  /** '' when fine, else what is wrong. */
  readonly judge?: (traces: Traces) => string
}

const CASES: readonly Case[] = [
  {
    name: 'early-offer',
    about: 'early offer, law of the offer, audio both ways',
    judge: all(speaks(0), modelHears(2500)),
  },
  { name: 'late-offer', about: 'late offer: A-law only in the ACK', judge: all(speaks(8), modelHears(2500)) },
  { name: 'hold-resume', about: 'hold and resume three times', judge: speaks(0) },
  { name: 'hold-zero', about: 'hold by c=0.0.0.0', judge: speaks(0) },
  {
    name: 'law-change',
    about: 'u-law → A-law → u-law',
    judge: t => (runs(t).join(' ') === '0 8 0' ? '' : `payload types on the wire: ${runs(t).join(' ')}`),
  },
  {
    name: 'port-change',
    about: 'media moves to another port',
    judge: t => (t.rtp.filter(d => d.port === t.moved).length > 80 ? '' : 'the new port got no audio'),
  },
  { name: 're-offer', about: 'unchanged re-offer, identical answer' },
  { name: 'extra-media', about: 'video refused with port 0', judge: speaks(0) },
  {
    name: 'cancel',
    about: 'CANCEL while it rings',
    before: p => inject(p.simulatorUrl, { kind: 'slowStart', ms: 4000 }),
  },
  { name: 'bye-at-once', about: 'BYE right behind the ACK' },
  { name: 'callee-bye', about: 'BYE from our side', during: endTheCall },
  { name: 'retransmissions', about: 'the 200 again until the ACK', judge: repeats(500, 1000, 2000) },
  {
    name: 'dtmf',
    about: 'digits 1 2 3 # reach the model as text',
    judge: t => (told(t).includes('123') ? '' : `the model was told: ${told(t) || 'nothing'}`),
  },
  { name: 'dtx', about: 'no packets for 5 s: the model hears silence, not a gap', judge: modelHears(8000) },
  { name: 'options', about: 'OPTIONS' },
  { name: 'unknown-number', about: '404', run: { service: '+19998887777' } },
  { name: 'nothing-fits', about: '488 + Warning' },
  { name: 'unknown-require', about: '420 + Unsupported' },
  { name: 'no-dialog', about: '481', direct: true },
  {
    name: 'early-offer',
    about: '40 calls at 10 % loss of SIP',
    run: { lossPercent: 10, calls: 40, perSecond: 8, timeoutS: 90 },
  },
]

/** Runs each case over one path; `only` narrows to one name. */
export async function runScenarios(report: Report, path: Path, product: Product, only?: string): Promise<void> {
  for (const c of CASES) {
    if (only !== undefined && c.name !== only) continue
    // TCP loses nothing and repeats nothing by itself.
    if (path.transport === 'tcp' && (c.run?.lossPercent !== undefined || c.name === 'retransmissions')) continue
    if (c.direct === true && path.proxied) continue
    await runCase(report, path, product, c)
  }
}

async function runCase(report: Report, path: Path, product: Product, c: Case): Promise<void> {
  const moved = await freePort()
  const known = new Set((await sessionsOf(product.simulatorUrl)).map(s => s.id))
  const capture = await startCapture(`portrange ${product.rtpPorts.from}-${product.rtpPorts.to}`)
  await c.before?.(product)
  const running = runSipp({
    scenario: fileURLToPath(new URL(`./scenarios/${c.name}.xml`, import.meta.url)),
    to: `127.0.0.1:${path.port}`,
    transport: path.transport,
    keys: { audio: SPEECH, moved: String(moved) },
    ...c.run,
  })
  await c.during?.(product)
  const result = await running
  await sleep(SILENT_AFTER_MS)
  const rtp = (await capture.stop()).filter(
    d => d.sourcePort >= product.rtpPorts.from && d.sourcePort <= product.rtpPorts.to,
  )
  const session = (await sessionsOf(product.simulatorUrl)).find(s => !known.has(s.id))
  const events =
    session === undefined ? [] : (await eventsOf(product.simulatorUrl)).filter(e => e.session === session.id)
  const wrong = result.ok
    ? (c.judge?.({ rtp, session, events, moved, answers: answersOf(result.folder) }) ?? '')
    : `SIPp: ${result.why}`
  const left = await leftOver(product)
  report.check(`${path.name}: ${c.about}`, wrong === '' && left === '', wrong + left)
}

/** Every case must give back what it took. */
async function leftOver(product: Product): Promise<string> {
  for (let waited = 0; waited < 3000; waited += 50) {
    if ((await product.busy()) === 0) return ''
    await sleep(50)
  }
  return ` ${await product.busy()} calls left behind`
}

async function endTheCall(product: Product): Promise<void> {
  for (let waited = 0; waited < 8000; waited += 50) {
    const { calls } = (await product.get('/v1/calls')) as {
      calls: { id: string; answeredAt?: unknown; phase?: string }[]
    }
    const call = calls[0]
    if (call !== undefined) {
      await sleep(1500)
      await fetch(`http://127.0.0.1:${product.httpPort}/v1/calls/${call.id}`, { method: 'DELETE' })
      return
    }
    await sleep(50)
  }
}

/** Payload types on the wire, runs of the same counted once. */
function runs(t: Traces): number[] {
  const types = t.rtp.map(d => rtpOf(d.payload)?.type).filter(type => type === 0 || type === 8)
  return types.filter((type, i) => i === 0 || type !== types[i - 1])
}

/** The worker's RTP is of one type, without a hole in sequence or timestamp, one packet per 20 ms. */
function speaks(type: number): (t: Traces) => string {
  return t => {
    const packets = t.rtp.map(d => rtpOf(d.payload)).filter(p => p !== null)
    if (packets.length < 20) return `only ${packets.length} RTP packets from the worker`
    const other = packets.find(p => p.type !== type)
    if (other !== undefined) return `payload type ${other.type} on the wire`
    const last = packets.at(-1)
    const first = packets[0]
    const expected = last === undefined || first === undefined ? 0 : ((last.sequence - first.sequence) & 0xffff) + 1
    return expected === packets.length ? '' : `${expected - packets.length} holes in the sequence`
  }
}

/** The 200 comes again after so long each time, the same to the byte (RFC 3261 §13.3.1.4). */
function repeats(...gapsMs: readonly number[]): (t: Traces) => string {
  return ({ answers }) => {
    const gaps = answers.slice(1).map((a, i) => Math.round(a.at - (answers[i]?.at ?? 0)))
    const inTime = gaps.length === gapsMs.length && gaps.every((g, i) => Math.abs(g - (gapsMs[i] ?? 0)) <= REPEAT_MS)
    if (!inTime) return `the 200 came again after ${gaps.join(', ') || 'nothing'} ms, not ${gapsMs.join(', ')}`
    return answers.every(a => a.text === answers[0]?.text) ? '' : 'a repeated 200 is not the same'
  }
}

function answersOf(folder: string): SippMessage[] {
  return receivedBySipp(folder).filter(m => m.text.startsWith('SIP/2.0 200') && /^CSeq: *1 INVITE/im.test(m.text))
}

function modelHears(leastMs: number): (t: Traces) => string {
  return t =>
    (t.session?.inputMs ?? 0) >= leastMs
      ? ''
      : `the model got ${t.session?.inputMs ?? 0} ms of audio, ${leastMs} expected`
}

function told(t: Traces): string {
  return (t.session?.items ?? [])
    .filter(i => i.role === 'user' || i.role === 'system')
    .map(i => i.text)
    .join(' | ')
}

function all(...judges: ((t: Traces) => string)[]): (t: Traces) => string {
  return t =>
    judges
      .map(j => j(t))
      .filter(w => w !== '')
      .join('; ')
}
