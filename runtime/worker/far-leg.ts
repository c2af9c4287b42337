/** A leg that we call: media ports are opened and the proxy's name is looked up before there is anything to hear or to hang up. */
import type { EndReason, LegCommand, LegEvent } from '#runtime/call/ports.ts'
import type { SipLeg } from '#runtime/legs/sip/sip-leg.ts'

/** What a call does with a leg that is not its caller's. */
export interface SecondLeg {
  perform(command: LegCommand): void
  relay(frame: Uint8Array | null): void
  /** Idempotent. */
  close(why: EndReason): void
}

export interface SecondLegListener {
  event(event: LegEvent): void
  frame(frame: Uint8Array): void
}

export class FarLeg implements SecondLeg {
  readonly #listener: SecondLegListener
  readonly #released: () => void
  #leg: SipLeg | null = null
  #ended = false

  /** `released`: called once, last, when it holds nothing any more. */
  constructor(listener: SecondLegListener, released: () => void) {
    this.#listener = listener
    this.#released = released
  }

  get ended(): boolean {
    return this.#ended
  }

  get leg(): SipLeg | null {
    return this.#leg
  }

  /** Its ports are open. */
  take(leg: SipLeg): void {
    this.#leg = leg
    leg.onFrame(frame => this.#listener.frame(frame))
    leg.onEvent(event => {
      if (event.type === 'ended') this.#end(event.why)
      else if (!this.#ended) this.#listener.event(event)
    })
  }

  /** It could not even be tried. */
  fail(detail: string): void {
    if (this.#ended) return
    this.#listener.event({ type: 'unanswered', outcome: 'failed' })
    this.#end({ code: 'signalling', by: 'switchboard', detail })
  }

  perform(command: LegCommand): void {
    if (this.#ended) return
    if (this.#leg) this.#leg.perform(command)
    else if (command.do === 'hangUp') this.#end(command.why)
  }

  relay(frame: Uint8Array | null): void {
    if (!this.#ended) this.#leg?.relay(frame)
  }

  close(why: EndReason): void {
    if (this.#ended) return
    if (this.#leg) this.#leg.close(why)
    this.#end(why)
  }

  #end(why: EndReason): void {
    if (this.#ended) return
    this.#ended = true
    this.#released()
    this.#listener.event({ type: 'ended', why })
  }
}
