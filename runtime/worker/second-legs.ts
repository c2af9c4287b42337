/** Legs that a call has besides its caller's: people it dialled. Which of them the caller hears is the machine's to say. */
import type { EndReason, LegCommand, LegEvent, LegId } from '#runtime/call/ports.ts'
import type { SecondLeg, SecondLegListener } from './far-leg.ts'

/** Calls a destination. */
export type Dial = (leg: LegId, destination: string, listener: SecondLegListener) => SecondLeg

export interface SecondLegsListener {
  event(leg: LegId, event: LegEvent): void
  /** Sound for the caller; null: no more of it for now. */
  frame(frame: Uint8Array | null): void
}

export class SecondLegs {
  readonly #dial: Dial | undefined
  readonly #listener: SecondLegsListener
  readonly #legs = new Map<LegId, { readonly leg: SecondLeg; heard: boolean }>()
  /** The one that hears the caller. */
  #hearing: LegId | null = null

  /** Without `dial` nobody can be called. */
  constructor(dial: Dial | undefined, listener: SecondLegsListener) {
    this.#dial = dial
    this.#listener = listener
  }

  dial(id: LegId, destination: string): void {
    if (!this.#dial) {
      this.#listener.event(id, { type: 'ended', why: { code: 'signalling', by: 'switchboard' } })
      return
    }
    const leg = this.#dial(id, destination, {
      event: event => {
        if (event.type === 'ended') this.#legs.delete(id)
        this.#listener.event(id, event)
      },
      frame: frame => {
        if (this.#legs.get(id)?.heard) this.#listener.frame(frame)
      },
    })
    this.#legs.set(id, { leg, heard: false })
  }

  perform(id: LegId, command: LegCommand): void {
    this.#legs.get(id)?.leg.perform(command)
  }

  /** A frame of the caller. */
  relay(frame: Uint8Array): void {
    if (this.#hearing !== null) this.#legs.get(this.#hearing)?.leg.relay(frame)
  }

  /** From now on the caller's frames go to this leg; null: to none. */
  hearCaller(id: LegId | null): void {
    if (this.#hearing !== null && id === null) this.#legs.get(this.#hearing)?.leg.relay(null)
    this.#hearing = id
  }

  /** Whether the caller hears it. */
  heardByCaller(id: LegId, heard: boolean): void {
    const second = this.#legs.get(id)
    if (second) second.heard = heard
    if (!heard) this.#listener.frame(null)
  }

  /** What ends them, one by one. */
  closers(why: EndReason): (() => void)[] {
    return [...this.#legs].map(([id, { leg }]) => () => {
      this.#legs.delete(id)
      leg.close(why)
    })
  }
}
