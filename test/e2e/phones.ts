/** Phones outside the cluster: our caller, which follows a script, and baresip. Both judge by what was heard, not by what was signalled. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { speechOf } from '#simulators/caller/speech-source.ts'
import type { Child } from '#test/phones/process.ts'
import { readWav, type Wav, writeWav } from '#test/phones/wav.ts'
import type { Conversation } from './conversation.ts'
import { inWords, missingIn } from './heard.ts'
import type { Place } from './place.ts'

export const NUMBER = '+14155550100'

const NODE = process.execPath
const RATE_HZ = 8000

export interface Outcome {
  /** It went as it should, and every word was heard as it was spoken. */
  readonly ok: boolean
  /**
   * It went as it should: answered, each question followed by speech of the agent, ended by the agent after the caller's keys. Whether sound had
   * holes is not asked: a machine that is too busy makes them too.
   */
  readonly carried: boolean
  /** What was heard, or what was not. */
  readonly detail: string
}

export interface PhoneCall {
  /** User of the From header: how the edge's log and traces name it. */
  readonly from: string
  readonly done: Promise<Outcome>
  /** Hangs up. */
  stop(): void
  /** Its events so far, as JSON lines. */
  output(): string
}

let calls = 0

/** A number nobody else of this run calls from. */
function nextCaller(): string {
  return `+1415555${String((1000 + process.pid * 7 + calls++) % 10_000).padStart(4, '0')}`
}

/** Our caller. @param listened whether its recording is kept and judged: that takes a while */
export function dial(place: Place, { steps, hears }: Conversation, listened = true): PhoneCall {
  const from = nextCaller()
  const folder = mkdtempSync(join(tmpdir(), 'caller-'))
  const [script, wav] = [join(folder, 'script.json'), join(folder, 'call.wav')]
  writeFileSync(script, JSON.stringify({ steps }))
  const to = `sip:${NUMBER}@${place.edge}`
  const record = listened ? ['--record', wav] : []
  const call = ['call', to, '--script', script, ...record, '--from', `sip:${from}@${place.phone}`, '--json']
  const child = place.outside(NODE, ['cli/main.ts', ...call])
  const outcome = async (): Promise<Outcome> => {
    const code = await child.exited
    if (!listened) rmSync(folder, { recursive: true })
    if (code !== 0) return { ok: false, carried: false, detail: lastOf(child, code) }
    if (!listened) return { ok: true, carried: true, detail: 'every question was answered' }
    const outcome = judge(agentSide(readWav(wav)), hears)
    // A recording is kept when it is asked about.
    if (outcome.ok) rmSync(folder, { recursive: true })
    return outcome.ok ? outcome : { ...outcome, detail: `${outcome.detail}: ${wav}` }
  }
  return { from, stop: () => child.signal('SIGTERM'), output: () => child.output(), done: outcome() }
}

/** baresip: says `clip` once the agent has greeted, and must hear all of `hears`. */
export function dialBaresip(place: Place, clip: string, hears: readonly string[], seconds: number): PhoneCall {
  const from = nextCaller()
  const wav = join(mkdtempSync(join(tmpdir(), 'phone-')), 'play.wav')
  writeWav(wav, { rateHz: RATE_HZ, channels: 1, samples: afterSilence(speechOf(clip).samples, seconds) })
  const uri = `sip:${NUMBER}@${place.edge}`
  const script = 'test/e2e/baresip-call.ts'
  const child = place.outside(NODE, [script, uri, place.phone, from, wav, String(seconds)])
  return {
    from,
    stop: () => child.signal('SIGTERM'),
    output: () => child.output(),
    done: child.exited.then(() => judgeBaresip(child, hears)),
  }
}

const GREETING_S = 4

function afterSilence(speech: Int16Array, seconds: number): Int16Array {
  const all = new Int16Array((seconds + 2) * RATE_HZ)
  all.set(speech.subarray(0, all.length - GREETING_S * RATE_HZ), GREETING_S * RATE_HZ)
  return all
}

function judgeBaresip(child: Child, hears: readonly string[]): Outcome {
  const line = child.output().trim().split('\n').at(-1) ?? ''
  const { heard, error } = JSON.parse(line) as { heard: string | null; error?: string }
  if (heard === null) return { ok: false, carried: false, detail: error ?? 'no recording' }
  const outcome = judge(readWav(heard).samples, hears)
  return outcome.ok ? outcome : { ...outcome, detail: `${outcome.detail}: ${heard}` }
}

function judge(recording: Int16Array, hears: readonly string[]): Outcome {
  const missing = missingIn(recording, hears)
  return missing.length === 0
    ? { ok: true, carried: true, detail: `heard ${inWords(hears)}` }
    : { ok: false, carried: true, detail: `not heard whole: ${inWords(missing)}` }
}

/** A caller's recording is stereo: it left, the agent right. */
function agentSide({ samples }: Wav): Int16Array {
  return Int16Array.from({ length: samples.length / 2 }, (_, i) => samples[2 * i + 1] ?? 0)
}

function lastOf(child: Child, code: number): string {
  return `exit ${code}: ${child.output().trim().split('\n').slice(-3).join(' | ').slice(-600)}`
}
