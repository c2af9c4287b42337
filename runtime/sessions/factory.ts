/** What a session adapter is made of: everything that must not travel through the call machine (secrets, addresses, timers). */
import type { Session } from '#runtime/call/ports.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { SendQueue } from './send-queue.ts'

/** The part of pino that sessions use. Fields never hold secrets or caller content. */
export interface SessionLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** One-shot timers; the returned function cancels and is idempotent. Injected so that tests own time. */
export interface SessionClock {
  after(ms: Ms, run: () => void): () => void
}

export interface SessionOptions {
  /** Bearer credential. Used in the upgrade's header and nowhere else. */
  readonly apiKey: string
  /** Where the provider is. Wins over the agent's `baseURL`, which wins over the provider's own address. */
  readonly baseUrl?: string
  readonly organization?: string
  readonly log?: SessionLog
  readonly clock?: SessionClock
  /** The provider's limit on one session, in ms; the provider's published figure by default. */
  readonly maxMs?: Ms
  /** How long before `maxMs` the session says 'expiring', in ms. */
  readonly expiryMarginMs?: Ms
  /** From open to ready, in ms. */
  readonly readyWithinMs?: Ms
  /** Ping interval, in ms; a whole interval without any sign of life is a dropped session. */
  readonly pingMs?: Ms
  /** Caller audio per upstream message, 20..100 ms; the session's config may override it. */
  readonly upstreamFrameMs?: Ms
  /** Whose flush caller audio waits for. Without one each message leaves at once. */
  readonly sends?: SendQueue
}

export type SessionFactory = (options: SessionOptions) => Session

/** Real timers, which do not keep the process alive. */
export const systemClock: SessionClock = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  },
}
