/**
 * The sessions of one call: `main`, and `next` while one takes over from another. Each attempt to have one counts at its circuit breaker;
 * the handle by which a provider goes on with a conversation is kept here, beside the machine, for only the provider knows what it is.
 */
import type { CallEffect } from '#runtime/call/effects.ts'
import { providerResting } from '#runtime/call/errors.ts'
import type { SessionSlot } from '#runtime/call/events.ts'
import type { Session, SessionConfig, SessionEvent } from '#runtime/call/ports.ts'
import type { Attempt } from '#runtime/sessions/breakers.ts'
import { type Blamed, blameOn } from './blame.ts'
import { workerErrors } from './errors.ts'
import { HeldSession, type SlotListener } from './session-slot.ts'

export interface CallSessionsOptions {
  /** Makes a session of one of the policy's models, not yet open. May throw: then the call has none. */
  readonly createSession: (model: number) => Session
  readonly sessionConfig: (model: number) => SessionConfig
  /** Asks the circuit breaker of a model; null: it lets nobody through. */
  readonly attempt: (model: number, anyway: boolean) => Attempt | null
  /** An error of ours: for the log. */
  readonly fault: (what: string, error: unknown) => void
}

export class CallSessions {
  readonly #o: CallSessionsOptions
  readonly #blamed: Blamed
  readonly #listener: SlotListener
  readonly #held = new Map<SessionSlot, HeldSession>()
  readonly #models = new Map<SessionSlot, number>()
  #resume: { readonly model: number; readonly handle: string } | null = null
  /** What the main session was to be told when it was closed, and was not yet. */
  #untold: readonly string[] = []
  /** That which `next` was given when it was opened; null: it knows the conversation by no handle. */
  #given: readonly string[] | null = null

  /** @param blamed whose fault it is what a session throws later */
  constructor(options: CallSessionsOptions, blamed: Blamed, listener: SlotListener) {
    this.#o = options
    this.#blamed = blamed
    this.#listener = {
      event: (slot, event) => {
        // one that is to take over tells where the main one was when it was opened
        if (event.type === 'resumable' && slot === 'main')
          this.#resume = { model: this.#models.get(slot) ?? 0, handle: event.handle }
        listener.event(slot, event)
      },
      audio: (slot, item, audio) => listener.audio(slot, item, audio),
    }
  }

  get(slot: SessionSlot): Session | undefined {
    return this.#held.get(slot)?.session
  }

  open({ slot, history, since, model, anyway }: Extract<CallEffect, { do: 'openSession' }>): void {
    this.close(slot)
    const untold = this.#waiting()
    const attempt = this.#o.attempt(model, anyway)
    if (attempt === null) return this.#tellClosed(slot, providerResting.code, true)
    let session: Session
    try {
      session = blameOn(this.#blamed, () => this.#o.createSession(model))
    } catch (error) {
      attempt.left()
      this.#o.fault('no session could be made', error)
      return this.#tellClosed(slot, workerErrors.noCredential.code, false)
    }
    this.#held.set(slot, new HeldSession(slot, session, this.#listener, attempt))
    if (slot === 'main') this.#speaksWith(slot, model)
    else this.#models.set(slot, model)
    const resume = this.#resume?.model === model ? { handle: this.#resume.handle, since, untold } : undefined
    if (slot === 'main') this.#untold = []
    else this.#given = resume?.untold ?? null
    blameOn(this.#blamed, () => session.open(this.#o.sessionConfig(model), history, resume))
  }

  /** `next` takes the place of `main`. */
  swap(): void {
    const next = this.#held.get('next')
    const given = this.#given
    const untold = given === null ? [] : this.#waiting().filter(text => !given.includes(text))
    this.close('main')
    this.#untold = []
    this.#held.delete('next')
    if (!next) return
    next.slot = 'main'
    this.#held.set('main', next)
    this.#speaksWith('main', this.#models.get('next') ?? 0)
    for (const text of untold) blameOn(this.#blamed, () => next.session.send({ do: 'tell', role: 'system', text }))
  }

  discard(slot: SessionSlot, response: string): void {
    this.#held.get(slot)?.discard(response)
  }

  /** @param failed why it is given up, where its provider is to blame */
  close(slot: SessionSlot, failed?: string): void {
    if (slot === 'main') this.#untold = this.#waiting()
    this.#held.get(slot)?.close(failed)
    this.#held.delete(slot)
  }

  /** A copy: what a session holds changes. */
  #waiting(): readonly string[] {
    return [...(this.#held.get('main')?.session.untold ?? this.#untold)]
  }

  /** What frees them, one by one. */
  closers(): (() => void)[] {
    return [...this.#held.keys()].map(slot => () => this.close(slot))
  }

  /** What is said with one model is in no handle of another. */
  #speaksWith(slot: SessionSlot, model: number): void {
    this.#models.set(slot, model)
    if (this.#resume?.model !== model) this.#resume = null
  }

  #tellClosed(slot: SessionSlot, code: string, retry: boolean): void {
    const event: SessionEvent = { type: 'closed', code, retry }
    this.#listener.event(slot, event)
  }
}
