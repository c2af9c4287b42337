/** The legs that a call has dialled, and the transfers its own leg was asked for: a model with a judge in it, written from the ports' words. */
import type { CallEffect } from '../effects.ts'
import type { LegCommand, LegEvent, LegId } from '../ports.ts'
import { must } from './judge.ts'

type State = 'calling' | 'answered' | 'hungUp'

export class FarModel {
  readonly legs = new Map<LegId, State>()
  /** Commands to transfer without a result yet. */
  readonly transfers: string[] = []
  readonly #routed = new Map<string, string>()
  #tone = false
  readonly #emit: (leg: LegId, event: LegEvent) => void

  constructor(emit: (leg: LegId, event: LegEvent) => void) {
    this.#emit = emit
  }

  /** True: the effect was about these. */
  did(e: CallEffect, caller: LegId): boolean {
    if (e.do === 'dial') {
      must(!this.legs.has(e.leg), 'a leg is dialled twice')
      must(
        [...this.legs.values()].every(state => state === 'hungUp'),
        'two people are called at once',
      )
      this.legs.set(e.leg, 'calling')
      return true
    }
    if (e.do === 'tone') {
      this.#tone = e.tone !== null
      return true
    }
    if (e.do === 'route' && 'leg' in e.from) {
      const to = e.to.map(port => ('leg' in port ? port.leg : port.session)).join()
      this.#routed.set(e.from.leg, to)
      for (const port of e.to)
        if ('leg' in port && port.leg !== caller) must(this.legs.has(port.leg), 'route to nobody')
      return e.from.leg !== caller
    }
    if (e.do === 'leg' && e.leg !== caller) {
      this.#command(e.leg, e.command)
      return true
    }
    if (e.do === 'leg' && e.command.do === 'transfer') this.transfers.push(e.command.id)
    if (e.do === 'free') {
      for (const [leg, state] of this.legs) must(state === 'hungUp', `${leg} is left behind`)
      must(!this.#tone, 'a tone is left on')
    }
    return false
  }

  /** The caller and a person hear each other, or neither is routed to the other's answered leg. */
  settled(caller: LegId): void {
    for (const [leg, state] of this.legs) {
      if (state === 'answered') {
        must(this.#routed.get(caller) === leg, 'the person does not hear the caller')
        must(this.#routed.get(leg) === caller, 'the caller does not hear the person')
        must(!this.#tone, 'a tone over a person')
      } else must(this.#routed.get(caller) !== leg, 'somebody who did not answer hears the caller')
    }
  }

  ringing(early: boolean): void {
    const leg = this.#in('calling')
    if (leg !== undefined) this.#emit(leg, { type: 'ringing', early })
  }

  answered(): void {
    const leg = this.#in('calling')
    if (leg === undefined) return
    this.legs.set(leg, 'answered')
    this.#emit(leg, { type: 'answered' })
  }

  /** Whatever state it is in. */
  ended(n: number): void {
    const [leg, state] = [...this.legs][n % Math.max(1, this.legs.size)] ?? []
    if (leg === undefined) return
    const outcome = (['busy', 'noAnswer', 'failed'] as const)[n % 3] ?? 'failed'
    if (state === 'calling') this.#emit(leg, { type: 'unanswered', outcome })
    this.legs.delete(leg)
    this.#emit(leg, { type: 'ended', why: { code: 'hangup', by: 'person' } })
  }

  #command(leg: LegId, command: LegCommand): void {
    const state = this.legs.get(leg)
    must(state !== undefined && state !== 'hungUp', `${command.do} to a leg that is gone`)
    if (command.do === 'sendDigits') must(state === 'answered', 'keys to nobody')
    if (command.do === 'hangUp') this.legs.set(leg, 'hungUp')
  }

  #in(state: State): LegId | undefined {
    return [...this.legs].find(([, each]) => each === state)?.[0]
  }
}
