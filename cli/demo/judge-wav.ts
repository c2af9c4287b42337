/**
 * Was it a conversation? By the recording alone: known words are looked for in it by their sound. It knows nothing of the product, its
 * record or its trace. (Keys travel beside the sound; that they arrived shows in the answer that only they get.)
 */
import { LOUD_RMS, onsetOf, rms, WINDOW_SAMPLES } from '#simulators/caller/activity.ts'
import { type Found, findClip } from '#simulators/caller/find-clip.ts'
import { expand } from '#simulators/speech/g711.ts'
import { clip, type Voice } from '#simulators/speech/library.ts'

export interface Verdict {
  readonly ok: boolean
  readonly text: string
}

export interface StereoCall {
  /** 8 kHz. */
  readonly caller: Int16Array
  readonly agent: Int16Array
}

/** How alike a clip must sound: 1 is the same, an unrelated voice stays below 0.4. */
const ALIKE = 0.8
/** Share of a clip that counts as all of it: the last sound of a word may be too quiet to know. */
const WHOLE = 0.93
/** Words are looked for this long after what they follow. */
const WITHIN_MS = 10_000
/** Words that are cut short on purpose must be heard for this long. */
const BEGUN_MS = 1000
/** Longest wait for an answer. */
const ANSWER_MS = 4000
/** The agent must be silent this soon after the caller's first sound over it, and stay so while the caller speaks. */
const BARGE_IN_MS = 500
const STAYS_SILENT_MS = 500

export function judgeCall(call: StereoCall): Verdict[] {
  const said = (name: string, from: number): Words => new Words(call.caller, 'caller', name, from)
  const heard = (name: string, from: number): Words => new Words(call.agent, 'agent', name, from)
  const greeting = heard('greeting', 0)
  const ask = said('ask', 0)
  const look = heard('look', ask.end)
  const offer = heard('offer', look.end)
  const three = said('three', ask.end)
  const booked = heard('booked', three.end)
  const allSet = heard('all-set', booked.start)
  const thanks = said('no-thanks', three.end)
  const goodbye = heard('see-you', thanks.end)
  return [
    whole('the caller heard the greeting', greeting),
    whole('the caller asked', ask),
    answered('the agent had heard it: it answered', ask, look),
    begun('the agent offered what the calendar said', offer),
    bargedIn(call.agent, three, offer),
    answered('the agent had heard that, too', three, booked),
    begun('the agent had got the keys', allSet),
    answered('the agent said goodbye', thanks, goodbye),
    whole('the caller heard all of it', goodbye),
  ]
}

/** Some known words, and where they are in a channel. */
export class Words {
  readonly name: string
  readonly samples: Int16Array
  readonly found: Found | null

  constructor(channel: Int16Array, voice: Voice, name: string, from: number) {
    this.name = clip(voice, name)?.text ?? name
    this.samples = expand('ulaw', clip(voice, name)?.ulaw ?? new Uint8Array())
    const found = Number.isFinite(from) ? findClip(channel, this.samples, from, from + WITHIN_MS * 8) : null
    this.found = found !== null && found.match >= ALIKE ? found : null
  }

  get start(): number {
    return this.found?.at ?? Number.NaN
  }

  get end(): number {
    return this.found === null ? Number.NaN : this.found.at + this.found.heard
  }

  get complete(): boolean {
    return this.found !== null && this.found.heard >= lastLoud(this.samples) * WHOLE
  }

  /** `“Hello?” at 1.20 s, 0.99 alike`. */
  get text(): string {
    if (this.found === null) return `“${this.name}” is nowhere`
    const cut = this.complete ? '' : ` (${ms(this.found.heard)} of ${ms(this.samples.length)} ms)`
    return `“${short(this.name)}”${cut} at ${(this.start / 8000).toFixed(2)} s, ${this.found.match.toFixed(2)} alike`
  }
}

export function whole(what: string, words: Words): Verdict {
  return { ok: words.complete, text: `${what}: ${words.text}` }
}

function begun(what: string, words: Words): Verdict {
  return { ok: words.found !== null && words.found.heard >= BEGUN_MS * 8, text: `${what}: ${words.text}` }
}

function answered(what: string, asked: Words, answer: Words): Verdict {
  const after = (answer.start - asked.end) / 8
  return {
    ok: after > 0 && after <= ANSWER_MS,
    text: `${what}${Number.isNaN(after) ? '' : ` ${Math.round(after)} ms later`}: ${answer.text}`,
  }
}

/** The agent was audible when the caller began to speak, fell silent, stayed silent, and never said the rest. */
function bargedIn(agent: Int16Array, caller: Words, interrupted: Words): Verdict {
  if (caller.found === null || interrupted.found === null)
    return { ok: false, text: `the caller spoke over the agent: ${caller.text}, ${interrupted.text}` }
  const onset = caller.start + (onsetOf(caller.samples) ?? 0)
  const audible = rms(agent, onset - 1600, 1600) >= LOUD_RMS
  const silent = silenceFrom(agent, onset)
  const { heard } = interrupted.found
  // what would come next, and its end
  const rests = [interrupted.samples.subarray(heard, heard + 12_000), interrupted.samples.subarray(-16_000)]
  const rest = rests.some(words => {
    const found = findClip(agent, words, onset + BARGE_IN_MS * 8)
    return found !== null && found.heard >= Math.min(BEGUN_MS * 8, words.length * WHOLE)
  })
  const ok = audible && silent !== null && silent - onset <= BARGE_IN_MS * 8 && !interrupted.complete && !rest
  const after = silent === null ? 'never' : `${ms(silent - onset)} ms later`
  const state = audible ? '' : ' (which was not audible)'
  const said = `${ms(interrupted.found.heard)} of ${ms(interrupted.samples.length)} ms of its words heard`
  return {
    ok,
    text: `the caller spoke over the agent${state}: “${short(caller.name)}”, silence ${after}, ${said}${rest ? ', and the rest later' : ''}`,
  }
}

/** One past the last loud sample before the next long silence; null: there is none. */
function silenceFrom(channel: Int16Array, from: number): number | null {
  let last = from
  for (let n = from; n + WINDOW_SAMPLES <= channel.length; n += WINDOW_SAMPLES) {
    if (rms(channel, n, WINDOW_SAMPLES) >= LOUD_RMS) {
      const end = channel.subarray(n, n + WINDOW_SAMPLES).findLastIndex(x => Math.abs(x) >= LOUD_RMS)
      last = n + end + 1
    } else if (n + WINDOW_SAMPLES - last >= STAYS_SILENT_MS * 8) return last
  }
  return null
}

function lastLoud(samples: Int16Array): number {
  for (let n = samples.length - WINDOW_SAMPLES; n > 0; n -= WINDOW_SAMPLES)
    if (rms(samples, n, WINDOW_SAMPLES) >= LOUD_RMS) return n + WINDOW_SAMPLES
  return samples.length
}

function ms(samples: number): number {
  return Math.round(samples / 8)
}

function short(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, text.lastIndexOf(' ', 40))} …`
}
