/** One session of a call and what of its audio may still be played. */
import type { SessionSlot } from '#runtime/call/events.ts'
import type { Session, SessionEvent } from '#runtime/call/ports.ts'
import type { Attempt } from '#runtime/sessions/breakers.ts'

/** Responses whose audio is dropped; a response older than this many interruptions sends nothing any more. */
const MAX_DISCARDED = 64

export interface SlotListener {
  event(slot: SessionSlot, event: SessionEvent): void
  audio(slot: SessionSlot, item: string, audio: Uint8Array): void
}

export class HeldSession {
  slot: SessionSlot
  readonly session: Session
  readonly #discarded = new Set<string>()
  readonly #attempt: Attempt
  #ready = false
  #listener: SlotListener | null

  constructor(slot: SessionSlot, session: Session, listener: SlotListener, attempt: Attempt) {
    this.slot = slot
    this.session = session
    this.#listener = listener
    this.#attempt = attempt
    session.onEvent(event => {
      if (this.#listener === null) return
      this.#report(event)
      this.#listener.event(this.slot, event)
    })
    session.onAudio((response, item, audio) => {
      if (!this.#discarded.has(response)) this.#listener?.audio(this.slot, item, audio)
    })
  }

  discard(response: string): void {
    this.#discarded.add(response)
    if (this.#discarded.size > MAX_DISCARDED) this.#discarded.delete(this.#discarded.values().next().value as string)
  }

  /** Nothing of it is heard of any more, its 'closed' included. `failed`: why it is given up, where it is to blame. Idempotent. */
  close(failed?: string): void {
    if (this.#listener === null) return
    this.#listener = null
    if (failed === undefined) this.#attempt.left()
    else if (this.#ready) this.#attempt.lost(failed)
    else this.#attempt.failed(failed)
    this.session.close()
  }

  #report(event: SessionEvent): void {
    if (event.type === 'ready') {
      this.#ready = true
      this.#attempt.ready()
    } else if (event.type === 'closed') {
      if (this.#ready) this.#attempt.lost(event.code)
      else this.#attempt.failed(event.code)
    }
  }
}
