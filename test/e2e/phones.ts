/** Phones outside the cluster: our caller, which follows a script, and baresip. Both judge by what was heard, not by what was signalled. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findClip } from '#simulators/caller/find-clip.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import { agentWords, speechOf } from '#simulators/caller/speech-source.ts'
import { type Child, start } from '#test/phones/process.ts'
import { readWav, writeWav } from '#test/phones/wav.ts'
import type { Place } from './place.ts'

export const NUMBER = '+14155550100'

const NODE = process.execPath
const RATE_HZ = 8000

export interface Outcome {
  readonly ok: boolean
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

/** Our caller. It fails when one of the script's `expect` does. */
export function dial(place: Place, steps: readonly StepInput[]): PhoneCall {
  const from = nextCaller()
  const script = join(mkdtempSync(join(tmpdir(), 'caller-')), 'script.json')
  writeFileSync(script, JSON.stringify({ steps }))
  const to = `sip:${NUMBER}@${place.edge}`
  const call = ['call', to, '--script', script, '--from', `sip:${from}@${place.phone}`, '--json']
  const child = outside(place, [NODE, 'cli/main.ts', ...call])
  return {
    from,
    stop: () => child.signal('SIGTERM'),
    output: () => child.output(),
    done: child.exited.then(code => ({ ok: code === 0, detail: code === 0 ? 'as scripted' : lastOf(child, code) })),
  }
}

/** baresip: says `clip` once the agent has greeted, and must hear all of `hears`. */
export function dialBaresip(place: Place, clip: string, hears: readonly string[], seconds: number): PhoneCall {
  const from = nextCaller()
  const wav = join(mkdtempSync(join(tmpdir(), 'phone-')), 'play.wav')
  writeWav(wav, { rateHz: RATE_HZ, channels: 1, samples: afterSilence(speechOf(clip).samples, seconds) })
  const uri = `sip:${NUMBER}@${place.edge}`
  const script = 'test/e2e/baresip-call.ts'
  const child = outside(place, [NODE, script, uri, place.phone, from, wav, String(seconds)])
  return {
    from,
    stop: () => child.signal('SIGTERM'),
    output: () => child.output(),
    done: child.exited.then(() => judge(child, hears)),
  }
}

const GREETING_S = 4

function afterSilence(speech: Int16Array, seconds: number): Int16Array {
  const all = new Int16Array((seconds + 2) * RATE_HZ)
  all.set(speech.subarray(0, all.length - GREETING_S * RATE_HZ), GREETING_S * RATE_HZ)
  return all
}

function judge(child: Child, hears: readonly string[]): Outcome {
  const line = child.output().trim().split('\n').at(-1) ?? ''
  const { heard, error } = JSON.parse(line) as { heard: string | null; error?: string }
  if (heard === null) return { ok: false, detail: error ?? 'no recording' }
  const recording = readWav(heard).samples
  const missing = hears.filter(words => !isHeard(recording, words))
  const all = hears.map(words => `“${words}”`).join(', ')
  return missing.length === 0
    ? { ok: true, detail: `heard ${all}` }
    : { ok: false, detail: `not heard: ${missing.join(', ')} in ${heard}` }
}

/** Nearly all of the clip, as alike as it left. */
function isHeard(recording: Int16Array, words: string): boolean {
  const clip = agentWords(words)
  const found = findClip(recording, clip)
  return found !== null && found.match > 0.9 && found.heard > clip.length * 0.9
}

function outside(place: Place, command: readonly string[]): Child {
  // A phone that gets no time hears holes that nobody made.
  const [first = '', ...rest] = [...place.outside, 'nice', '-n', '-10', ...command]
  return start(first, rest)
}

function lastOf(child: Child, code: number): string {
  return `exit ${code}: ${child.output().trim().split('\n').slice(-3).join(' | ').slice(-600)}`
}
