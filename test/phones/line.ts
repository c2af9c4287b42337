/** One call of a caller, whatever brings it: what a scenario does with it, and what is known of it afterwards. */
import type { Stall } from '#test/measure/stalls.ts'
import { sleep } from './process.ts'

/** Sound that can be looked up by time. */
export interface TimedSound {
  /** 8 kHz. */
  readonly samples: Int16Array
  /** CLOCK_MONOTONIC in ms at which a sample reached the caller. */
  timeOf(sample: number): number
}

/** Something the caller said: its first and last sample, CLOCK_MONOTONIC, ms. */
export interface Said {
  readonly from: number
  readonly to: number
}

/** What is left of a call. */
export interface HeardCall {
  readonly answeredAt: number
  /** As the phone itself recorded it. */
  readonly heard: Int16Array
  readonly timed: TimedSound
  readonly said: readonly Said[]
  /** Null: it was not over. */
  readonly ended: { readonly by: 'caller' | 'agent'; readonly at: number } | null
  /** When packets of the phone, or to it, were late. */
  readonly stalls: readonly Stall[]
  /** Frames torn by the phone's own carrier: no fault of who sent them. */
  readonly torn: number
  /** What the carrier would not take. */
  readonly refused: readonly string[]
  /** Whom the caller was handed to, as far as this side knows. */
  readonly people: readonly Reached[]
}

/** Somebody who was called for the caller. */
export interface Reached {
  readonly number: string
  readonly answered: boolean
  /** They were hung up on, or have hung up. */
  readonly over: boolean
  /** 8 kHz. */
  readonly heard: Int16Array
}

export interface PhoneLine {
  /** Resolves when it is answered. @throws Error when it is not */
  dial(number: string): Promise<void>
  /** A clip of the caller's; the one before is over. */
  say(clip: string): void
  press(keys: string): void
  hangUp(): void
  /** So far, 8 kHz. */
  heardSoFar(): Int16Array
  /** The other side has hung up. */
  readonly over: boolean
  /** Hangs up if need be, and takes everything down. Call once. */
  close(): Promise<HeardCall>
}

const LOUD = 500
const PER_MS = 8
const LOOK_MS = 20
/** Sound that is heard now: packets come every 20 ms, and a file is written in pieces. */
const NOW_MS = 120

/** Until the agent is heard, and has been for so long. @throws Error after `within` ms */
export async function untilSpeaks(line: PhoneLine, forMs = 0, within = 12_000): Promise<void> {
  let since: number | null = null
  await until(line, `the agent to speak for ${forMs} ms`, within, (quietMs, now) => {
    if (quietMs > NOW_MS) since = null
    else since ??= now
    return since !== null && now - since >= forMs
  })
}

/** Until the agent has spoken and then been silent for so long. @throws Error after `within` ms */
export async function untilSilent(line: PhoneLine, forMs = 700, within = 15_000): Promise<void> {
  const began = line.heardSoFar().length
  let heard = false
  await until(line, `the agent to speak and be silent for ${forMs} ms`, within, quietMs => {
    heard ||= line.heardSoFar().length - quietMs * PER_MS > began + PER_MS
    return heard && quietMs >= forMs
  })
}

/** @throws Error after `within` ms */
export async function untilOver(line: PhoneLine, within = 12_000): Promise<void> {
  for (const end = performance.now() + within; !line.over; await sleep(LOOK_MS))
    if (performance.now() > end) throw new Error(`the agent did not hang up in ${within} ms`)
}

async function until(
  line: PhoneLine,
  what: string,
  within: number,
  holds: (quietMs: number, now: number) => boolean,
): Promise<void> {
  for (const end = performance.now() + within; ; await sleep(LOOK_MS)) {
    const now = performance.now()
    if (holds(quietOf(line.heardSoFar()), now)) return
    if (line.over) throw new Error(`the call ended while the caller waited for ${what}`)
    if (now > end) throw new Error(`the caller waited ${within} ms for ${what}`)
  }
}

/** Milliseconds since the last loud sample. */
function quietOf(samples: Int16Array): number {
  for (let i = samples.length - 1; i >= 0; i--)
    if (Math.abs(samples[i] ?? 0) > LOUD) return (samples.length - 1 - i) / PER_MS
  return Number.POSITIVE_INFINITY
}
