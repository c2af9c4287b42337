/** How a call begins at this phone: it calls somebody, or somebody calls it. */
import type { Ms } from '#runtime/media/format.ts'
import type { LocalMedia, SipCommand, SipEvent } from '#runtime/sip/api.ts'
import { monotonicMs } from './clock.ts'
import type { CallerWhat } from './events.ts'
import type { CallerOptions } from './options.ts'
import type { Route } from './route.ts'
import { Unanswered } from './unanswered.ts'

/** What a call lends it. */
export interface Hands {
  command(what: SipCommand): void
  /** Our side of the sound. */
  media(): LocalMedia
  tell(what: CallerWhat): void
  /** Anything at all has come from the other side. */
  heard(): boolean
  over(): boolean
}

export interface Opening {
  /** The call's name at our user agent. */
  readonly key: string
  /** Address of ours that the other side sees. */
  readonly local: string
  begin(hands: Hands): void
  /** Something of the call came, or all is over. Idempotent. */
  heard(): void
  /** The network says that nobody is there. */
  unreachable(code: string): void
  /** Nothing came until it was given up. */
  silent(): void
}

const RING_MS = 30_000

/** We call. */
export class Placed implements Opening {
  readonly key = 'call'
  readonly local: string
  readonly #o: CallerOptions
  readonly #route: Route
  #startedAt: Ms = 0
  #unanswered: Unanswered | null = null

  constructor(options: CallerOptions, route: Route) {
    this.#o = options
    this.#route = route
    this.local = route.local
  }

  begin(hands: Hands): void {
    const { to, from, lateOffer, ringMs = RING_MS, headers } = this.#o
    const { transport, address, port, local } = this.#route
    this.#startedAt = monotonicMs()
    const unanswered = new Unanswered(this.#route, what => hands.tell(what))
    this.#unanswered = unanswered
    hands.tell({ type: 'calling', to, transport })
    hands.command({
      do: 'invite',
      call: this.key,
      to,
      from: from ?? `sip:+14155550123@${local}`,
      local: hands.media(),
      offer: lateOffer === true ? 'late' : 'early',
      target: { transport, address, port, flow: null },
      ringMs,
      ...(headers && { headers }),
    })
    if (!hands.over()) unanswered.wait(ringMs, () => hands.heard())
  }

  heard(): void {
    this.#unanswered?.stop()
  }

  unreachable(code: string): void {
    this.#unanswered?.refused(code)
  }

  silent(): void {
    this.#unanswered?.nothing(monotonicMs() - this.#startedAt)
  }
}

export interface TakingPlan {
  /** Rings so long before it is answered or refused. */
  readonly ringMs: Ms
  /** Refuses with this, 486 for busy; null: rings until the other side gives up. Absent: answers. */
  readonly status?: number | null
}

/** Somebody calls us. */
export class Taken implements Opening {
  readonly key: string
  readonly local: string
  readonly #from: string
  readonly #to: string
  readonly #plan: TakingPlan
  #timer: NodeJS.Timeout | null = null

  constructor({ call, incoming }: Extract<SipEvent, { type: 'incoming' }>, local: string, plan: TakingPlan) {
    this.key = call
    this.local = local
    this.#from = incoming.from.user
    this.#to = incoming.requestUri.user
    this.#plan = plan
  }

  begin(hands: Hands): void {
    // whoever called may have given up already
    if (hands.over()) return
    const { ringMs, status } = this.#plan
    hands.tell({ type: 'called', from: this.#from, to: this.#to })
    hands.command({ do: 'ring', call: this.key })
    if (status === null) return
    this.#timer = setTimeout(() => {
      if (status === undefined) hands.command({ do: 'answer', call: this.key, local: hands.media() })
      else hands.command({ do: 'reject', call: this.key, status })
    }, ringMs)
  }

  /** Whatever comes while it rings is its end. */
  heard(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  unreachable(): void {}

  silent(): void {}
}
