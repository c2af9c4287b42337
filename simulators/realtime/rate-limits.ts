/** Requests and tokens a minute, over all sessions of a simulator, as of one organisation. */
const WINDOW_MS = 60_000

export interface RateLimit {
  name: 'requests' | 'tokens'
  limit: number
  remaining: number
  reset_seconds: number
}

export class RateLimits {
  readonly #limits: { readonly requests: number; readonly tokens: number }
  #startedAt = 0
  #used = { requests: 0, tokens: 0 }

  constructor(limits: { readonly requests: number; readonly tokens: number }) {
    this.#limits = limits
  }

  /** Counts a response and says what is left; false: this one is too many. */
  request(now: number): boolean {
    if (now - this.#startedAt >= WINDOW_MS) {
      this.#startedAt = now
      this.#used = { requests: 0, tokens: 0 }
    }
    this.#used.requests++
    return this.#used.requests <= this.#limits.requests && this.#used.tokens <= this.#limits.tokens
  }

  spend(tokens: number): void {
    this.#used.tokens += tokens
  }

  state(now: number): RateLimit[] {
    const reset_seconds = Math.max(0, (this.#startedAt + WINDOW_MS - now) / 1000)
    return (['requests', 'tokens'] as const).map(name => ({
      name,
      limit: this.#limits[name],
      remaining: Math.max(0, this.#limits[name] - this.#used[name]),
      reset_seconds,
    }))
  }
}
