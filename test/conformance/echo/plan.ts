/** What callers and agent do in the echo suite: drawn from a seed. */
import { clip } from '#simulators/speech/library.ts'
import type { Echo } from './speaker-phone.ts'

type Random = () => number

/** Recorded words, or noise that names item and offset: the two kinds of sound that the agent speaks in. */
export const KINDS = ['words', 'watermark'] as const
export type Kind = (typeof KINDS)[number]

const LEVELS = [-10, -20, -30]
const DELAYS = [30, 150, 400]
export const CONDITIONS: readonly Echo[] = LEVELS.flatMap(db => DELAYS.map(delayMs => ({ db, delayMs })))

/** What a caller does next: speaks, waits until the agent has been heard and then silent for so long, or speaks over it. */
export type Part =
  | { readonly say: string }
  | { readonly listenMs: number }
  | { readonly over: string; readonly afterMs: number }

/** About 11 s of the agent's voice in each; a caller asks for one and then listens. */
export const ANSWER_MS = 11_000
const LISTEN_MS = [1200, 2200] as const
const OVER_MS = [1500, 4500] as const

const QUESTIONS = ['again', 'ask', 'where', 'three', 'no-thanks', 'toothache', 'hello']
/** Long enough to be a turn by themselves. */
const OVER = ['again', 'ask', 'where', 'wait', 'no-thanks', 'toothache', 'three']
/** Clips of the agent, none shorter than it takes to speak over it. */
const ANSWERS = [['offer'], ['booked', 'all-set'], ['directions'], ['no-calendar', 'apology'], ['all-set', 'offer']]

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
const between = (random: Random, [from, to]: readonly [number, number]): number =>
  Math.round(from + random() * (to - from))

/** A caller on a speaker: asks and listens, then asks and speaks over the answer. */
export function planCaller(random: Random, listens: number, overs: number): Part[] {
  const listen = (): Part => ({ listenMs: between(random, LISTEN_MS) })
  const ask = (): Part => ({ say: pick(random, QUESTIONS) })
  const parts = [listen()]
  for (let i = 0; i < listens; i++) parts.push(ask(), listen())
  for (let i = 0; i < overs; i++)
    parts.push(ask(), { over: pick(random, OVER), afterMs: between(random, OVER_MS) }, listen())
  return parts
}

/** More turns than anybody asks for; what follows them is as long. */
export function planScript(random: Random, kind: Kind, turns: number): Record<string, unknown> {
  const say = (name: string): Record<string, unknown> => {
    const found = clip('agent', name)
    if (found === null) throw new Error(`there is no clip ${name} of the agent`)
    return { say: found.text, ...(kind === 'watermark' && { ms: found.ms }) }
  }
  const drawn = Array.from({ length: turns }, (_, i) => ({
    name: `turn-${i}`,
    on: 'caller',
    items: pick(random, ANSWERS).map(say),
  }))
  return { name: `echo-${kind}`, turns: [...drawn, { name: 'more', on: 'any', repeat: true, ...say('directions') }] }
}
