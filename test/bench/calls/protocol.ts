/** What bench and load process say to each other. */
import { FRAME } from './mark.ts'

export interface Spread {
  readonly n: number
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** 20 ms of noise, unlike that of another seed: what one side sends must not look like the echo of the other. */
export function noise(seed: number): Buffer {
  let state = seed
  return Buffer.from(
    Array.from({ length: FRAME }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      // Sign and the louder segments of u-law.
      return ((state >>> 24) & 0x80) | (0x10 + ((state >>> 16) & 0x1f))
    }),
  )
}

/** Figures of one window, in milliseconds. */
export interface Window {
  readonly seconds: number
  readonly calls: number
  readonly up: Spread
  readonly down: Spread
  /** Between agent frames of one stretch of speech at the caller. */
  readonly gap: Spread
  /** From the caller's first flagged sample to the last agent frame that arrived, and the provider's share of it. */
  readonly bargeIn: Spread
  readonly bargeInOurs: Spread
  readonly ringing: Spread
  readonly answered: Spread
  readonly refused: number
  readonly failed: number
  /** Frames that callers should have had and had, 20 ms each. */
  readonly framesExpected: number
  readonly framesHad: number
  /** CPU of the load process itself, as a fraction of one core. */
  readonly loadCpu: number
}

export type ToLoad =
  | { readonly do: 'listen' }
  | {
      readonly do: 'sip'
      readonly calls: number
      readonly perSecond: number
      readonly sipPort: number
      readonly number: string
    }
  | { readonly do: 'direct'; readonly ports: readonly number[] }
  | { readonly do: 'window'; readonly seconds: number }
  | { readonly do: 'hangUp' }
  | { readonly do: 'exit' }

export type FromLoad =
  | { readonly is: 'listening'; readonly port: number }
  | { readonly is: 'up'; readonly calls: number; readonly refused: number; readonly failed: number }
  | { readonly is: 'window'; readonly window: Window }
  | { readonly is: 'down' }

export function spread(values: number[]): Spread {
  const sorted = Float64Array.from(values).sort()
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
  const mean = sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length)
  return { n: sorted.length, mean, p50: at(0.5), p99: at(0.99), max: at(1) }
}
