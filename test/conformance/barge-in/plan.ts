/** What the callers do and what the agent says: drawn from a seed, so that a run can be had again. */

import { expand } from '#simulators/speech/g711.ts'
import { clips } from '#simulators/speech/library.ts'

/** `speech` is an interruption. `noise` is shorter than `bargeIn.minSpeech`: the agent goes on where it was. */
export type BurstKind = 'speech' | 'noise'

export interface Burst {
  readonly kind: BurstKind
  /** Of the phone's file, ms. */
  readonly atMs: number
  readonly ms: number
  /** A short pause within it, shorter than what ends a turn. */
  readonly pause: boolean
}

export interface PhonePlan {
  readonly bursts: readonly Burst[]
  /** 8 kHz, what the phone plays from the answer on. */
  readonly samples: Int16Array
  readonly ms: number
}

type Random = () => number

/** What ends a turn at the provider; pauses within a burst are well below it, gaps between bursts above it. */
export const TURN_SILENCE_MS = 250
/** The agent's minSpeech is 200 ms: what is to be speech is clearly longer, what is to be noise clearly shorter. */
const SPEECH_MS = [400, 1200] as const
const NOISE_MS = [80, 110] as const
const NOISE_SHARE = 0.12
const PAUSE_SHARE = 0.25
const PAUSE_MS = [50, 120] as const
/** A share of the gaps is so short that the agent has not begun, or has only just begun, to answer. */
const SOON_SHARE = 0.25
const SOON_MS = [320, 900] as const
const GAP_MS = [700, 3800] as const
const LEAD_MS = [900, 2600] as const
const TAIL_MS = 900
const PER_MS = 8

const within = (random: Random, [from, to]: readonly [number, number]): number => from + random() * (to - from)

export function planPhone(random: Random, bursts: number): PhonePlan {
  const voices = phrases()
  const planned: Burst[] = []
  const sounds: { at: number; samples: Int16Array }[] = []
  let at = within(random, LEAD_MS)
  for (let i = 0; i < bursts; i++) {
    const kind: BurstKind = random() < NOISE_SHARE ? 'noise' : 'speech'
    const pause = kind === 'speech' && random() < PAUSE_SHARE
    const samples = kind === 'noise' ? noise(random) : pause ? withPause(random, voices) : piece(random, voices)
    const ms = samples.length / PER_MS
    planned.push({ kind, atMs: at, ms, pause })
    sounds.push({ at, samples })
    at += ms + within(random, random() < SOON_SHARE ? SOON_MS : GAP_MS)
  }
  const last = planned.at(-1)
  const ms = (last === undefined ? at : last.atMs + last.ms) + TAIL_MS
  // Silence behind it: the phone plays its file again from the start when it is over.
  const samples = new Int16Array((ms + 5000) * PER_MS)
  for (const sound of sounds) samples.set(sound.samples, Math.round(sound.at * PER_MS))
  return { bursts: planned, samples, ms }
}

function piece(
  random: Random,
  voices: readonly Int16Array[],
  range: readonly [number, number] = SPEECH_MS,
): Int16Array {
  const voice = voices[Math.floor(random() * voices.length)] ?? new Int16Array(0)
  const length = Math.min(voice.length, Math.round(within(random, range) * PER_MS))
  return voice.slice(0, length)
}

function withPause(random: Random, voices: readonly Int16Array[]): Int16Array {
  const [a, b] = [piece(random, voices, [350, 600]), piece(random, voices, [350, 600])]
  const pause = Math.round(within(random, PAUSE_MS) * PER_MS)
  const out = new Int16Array(a.length + pause + b.length)
  out.set(a)
  out.set(b, a.length + pause)
  return out
}

function noise(random: Random): Int16Array {
  const out = new Int16Array(Math.round(within(random, NOISE_MS) * PER_MS))
  for (let i = 0; i < out.length; i++) out[i] = Math.round((random() * 2 - 1) * 9000)
  return out
}

const WINDOW = 80
const LOUD = 500
const MAX_QUIET_WINDOWS = 5

/** Stretches of the recorded callers that begin loud and have no pause of more than 50 ms. */
function phrases(): Int16Array[] {
  const found: Int16Array[] = []
  for (const clip of clips().filter(c => c.voice === 'caller')) {
    const samples = expand('ulaw', clip.ulaw)
    let from = -1
    let quiet = 0
    for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
      const loud = samples.subarray(at, at + WINDOW).some(s => Math.abs(s) > LOUD)
      quiet = loud ? 0 : quiet + 1
      if (loud && from < 0) from = at
      const last = at + 2 * WINDOW > samples.length
      if (from >= 0 && (quiet > MAX_QUIET_WINDOWS || last)) {
        const to = at + WINDOW - quiet * WINDOW
        if (to - from >= SPEECH_MS[0] * PER_MS) found.push(samples.slice(from, to))
        from = -1
      }
    }
  }
  return found
}

/** Turns of the model: each is used once a session, and there are more of them than bursts. */
export function planScript(random: Random, turns: number): Record<string, unknown> {
  // Not in whole frames: an item may begin and end in the middle of a packet.
  const say = (from: number, to: number) => ({ say: 'words', ms: within(random, [from, to]) })
  const kinds: Record<string, () => Record<string, unknown>> = {
    long: () => say(2000, 6000),
    short: () => say(300, 900),
    three: () => ({ items: [say(700, 2000), say(700, 2000), say(700, 2000)] }),
    slowly: () => ({ items: [say(800, 1500), { ...say(1000, 2000), wait: within(random, [100, 500]) }] }),
    tool: () => ({ items: [say(2000, 4500), { call: 'slow' }] }),
  }
  const names = ['long', 'long', 'long', 'three', 'three', 'short', 'slowly', 'tool', 'tool']
  const drawn = Array.from({ length: turns }, (_, i) => {
    const name = names[Math.floor(random() * names.length)] ?? 'long'
    return { name: `${name}-${i}`, on: 'caller', ...kinds[name]?.() }
  })
  return {
    name: 'barge-in',
    turns: [
      ...drawn,
      { name: 'tool-answer', on: 'tool', repeat: true, items: [say(800, 1500), say(1500, 2500)] },
      { name: 'more', on: 'any', repeat: true, ...say(1500, 3000) },
    ],
  }
}
