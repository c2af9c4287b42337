/** What must be heard before the agent, and what is heard while the caller waits: watched from outside, like all of a call. */
import type { CallEffect } from '../effects.ts'
import type { CallEvent } from '../events.ts'
import type { CallPolicy } from '../policy.ts'
import { must } from './judge.ts'
import type { LegModel } from './leg-model.ts'

export class OpeningJudge {
  readonly #leg: LegModel
  readonly #due: string[]
  readonly #greeting: string | undefined
  #now: string | null = null
  /** Last words were begun: what must be said first does not matter any more. */
  #over = false
  /** One was cut. Whatever did it ends the call. */
  #cut = false
  #held = false

  constructor(leg: LegModel, { disclosures = [], greeting }: CallPolicy) {
    this.#leg = leg
    this.#due = disclosures.flatMap(({ name, clip }) => (clip === undefined ? [] : `disclosure-${name}`))
    this.#greeting = greeting?.text
  }

  /** All were heard whole. */
  get disclosed(): boolean {
    return this.#due.length === 0
  }

  told(e: CallEvent): void {
    if (e.type === 'leg' && e.event.type === 'held') this.#held = e.event.held
    if (e.type !== 'clipDone' || e.prompt !== this.#now) return
    this.#now = null
    if ((e.heardMs ?? 0) >= (e.totalMs ?? 0)) this.#due.shift()
    else this.#cut = true
  }

  did(e: CallEffect): void {
    if (e.do === 'play' && e.prompt.startsWith('waiting-')) {
      must(this.disclosed, 'a waiting sound before a disclosure')
      must(this.#leg.waiting === 0, 'a waiting sound over words')
    }
    if (e.do === 'play' && e.prompt.startsWith('disclosure-')) {
      must(!this.#cut && e.prompt === this.#due[0], 'disclosures out of order')
      this.#now = e.prompt
      return
    }
    if (e.do === 'play' && e.prompt === 'end') this.#over = true
    if (this.disclosed || this.#over) return
    if (e.do === 'play') must(false, `${e.prompt} before the last disclosure`)
    if (e.do === 'session' && e.command.do === 'respond') {
      must(
        e.command.say !== undefined && e.command.say !== this.#greeting,
        'the agent is asked before the last disclosure',
      )
      this.#over = true
    }
    if (this.#now === null) return
    if (e.do === 'flush') this.#cut = true
    if (e.do === 'pause') must(this.#held, 'a disclosure is paused by the caller’s sound')
  }

  settled(): void {
    const at = this.#leg.queue.findIndex(q => q.item.startsWith('waiting-') && q.played < q.total)
    must(at < 0 || this.#leg.queue.slice(at + 1).every(q => q.clip || q.total === 0), 'words wait for a waiting sound')
    if (this.disclosed || this.#over) return
    for (const [item, { ms }] of this.#leg.played)
      must(ms === 0 || item.startsWith('disclosure-'), `${item} is heard before the last disclosure`)
  }
}
