/** What a fault did to the calls that were up meanwhile, and to those that began. */
import type { Report } from '#test/harness/report.ts'
import type { EvictionWatch } from './eviction-watch.ts'
import type { Call, Traffic } from './traffic.ts'

/** So many are up all the time. */
export const LEAST = 5

export class Window {
  readonly #beganAt = performance.now()
  readonly #traffic: Traffic
  readonly #evictions: EvictionWatch
  readonly #askedBefore: number
  readonly #allowedBefore: number
  readonly #forbiddenBefore: number
  readonly #goingBefore: number
  readonly #unsample: () => void
  #least: number

  constructor(traffic: Traffic, evictions: EvictionWatch) {
    this.#traffic = traffic
    this.#evictions = evictions
    this.#askedBefore = evictions.asked
    this.#allowedBefore = evictions.allowed.length
    this.#forbiddenBefore = evictions.forbidden
    this.#goingBefore = evictions.going
    this.#least = traffic.well.length
    this.#unsample = traffic.sample(up => {
      this.#least = Math.min(this.#least, up)
    })
  }

  judge(report: Report, name: string): void {
    this.#unsample()
    const calls = this.#traffic.calls.filter(({ endedAt }) => endedAt === null || endedAt > this.#beganAt)
    const [spared, harmed] = [calls.filter(call => !call.harmed), calls.filter(call => call.harmed)]
    const lost = spared.filter(call => call.lost !== null)
    report.check(
      `${name}: calls elsewhere are unharmed`,
      lost.length === 0,
      `${spared.length - lost.length} of ${spared.length} (${carried(spared)} to their end, others go on)${lost.map(wordsOf).join('')}`,
    )
    if (harmed.length > 0)
      report.check(
        `${name}: calls where it happened`,
        true,
        `${harmed.filter(call => call.lost !== null).length} lost, ${carried(harmed)} carried to their end`,
      )
    const began = calls.filter(call => call.beganAt > this.#beganAt && call.answeredAt !== null)
    const slowest = Math.max(0, ...began.map(call => (call.answeredAt ?? 0) - call.beganAt))
    report.check(
      `${name}: at least ${LEAST} calls are up all the time`,
      this.#least >= LEAST,
      `never fewer than ${this.#least}; ${began.length} new ones answered, the slowest after ${(slowest / 1000).toFixed(1)} s`,
    )
    const asked = this.#evictions.asked - this.#askedBefore
    const forbidden = this.#evictions.forbidden - this.#forbiddenBefore
    const allowed = this.#evictions.allowed.slice(this.#allowedBefore)
    const going = this.#evictions.going - this.#goingBefore
    const words = [
      `429 to ${asked - allowed.length} of ${asked}`,
      ...(forbidden > 0 ? [`to ${forbidden} that its namespace goes`] : []),
      ...(going > 0 ? [`${going} not asked, of pods that go when their calls have ended`] : []),
      ...new Set(allowed),
    ]
    report.check(
      `${name}: no pod with a call may be evicted`,
      asked + forbidden + going > 0 && allowed.length === 0,
      words.join(', '),
    )
  }
}

/** Of all calls there were: whether none was lost but where something happened, and those that were. */
export function inTheEnd({ calls }: Traffic): [ok: boolean, detail: string] {
  const lost = calls.filter(call => call.lost !== null && !call.harmed)
  return [lost.length === 0, `${calls.length} calls, ${lost.length} lost${lost.map(wordsOf).join('')}`]
}

function carried(calls: readonly Call[]): number {
  return calls.filter(call => call.endedAt !== null && call.lost === null).length
}

function wordsOf({ from, pod, lost }: Call): string {
  return `; ${from} on ${pod?.metadata.name ?? 'no pod'}: ${lost?.slice(0, 300) ?? ''}`
}
