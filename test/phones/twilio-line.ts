/** A call by a caller of the simulated Twilio: its recording says what was played to it, and when. */
import type { Caller } from '#simulators/caller/caller-handle.ts'
import { expand } from '#simulators/speech/g711.ts'
import type { TwilioSimulator } from '#simulators/twilio/start.ts'
import type { TwilioView } from '#simulators/twilio/view.ts'
import type { HeardCall, PhoneLine, Said } from './line.ts'
import { sleep } from './process.ts'

const ANSWER_MS = 15_000
const NOTHING = new Int16Array(0)

export class TwilioLine implements PhoneLine {
  readonly #twilio: TwilioSimulator
  #call: { caller: Caller; view: TwilioView } | null = null

  constructor(twilio: TwilioSimulator) {
    this.#twilio = twilio
  }

  async dial(number: string): Promise<void> {
    this.#call = await this.#twilio.call({ to: number })
    const { caller, view } = this.#call
    const answered = (): boolean => caller.events.some(e => e.type === 'answered')
    for (let waited = 0; waited < ANSWER_MS && !answered() && !this.over; waited += 20) await sleep(20)
    if (!answered()) throw new Error(`not answered: ${view.faults.join('; ')} ${view.twiml.join('; ')}`)
  }

  say(clip: string): void {
    this.#call?.caller.say(clip)
  }

  press(keys: string): void {
    this.#call?.caller.press(keys)
  }

  hangUp(): void {
    this.#call?.caller.hangUp()
  }

  get over(): boolean {
    return this.#call?.caller.events.some(e => e.type === 'ended') === true
  }

  heardSoFar(): Int16Array {
    return this.#call?.caller.recording()?.side('agent') ?? NOTHING
  }

  async close(): Promise<HeardCall> {
    if (this.#call === null) throw new Error('nobody was called')
    const { caller, view } = this.#call
    if (!this.over) caller.hangUp()
    const { ended } = await caller.done
    const recording = caller.recording()
    const heard = recording?.side('agent') ?? NOTHING
    return {
      answeredAt: caller.events.find(e => e.type === 'answered')?.t ?? 0,
      heard,
      timed: { samples: heard, timeOf: sample => recording?.timeOf(sample) ?? 0 },
      said: caller.events.flatMap((e, i): Said[] => {
        if (e.type !== 'say') return []
        const over = caller.events.slice(i).find(later => later.type === 'said' && later.what === e.what)
        return [{ from: e.t, to: over?.t ?? ended.t }]
      }),
      ended: { by: ended.by === 'local' ? 'caller' : 'agent', at: ended.t },
      stalls: [],
      torn: view.torn,
      refused: view.faults,
      people: view.people.map(person => ({
        number: person.to,
        answered: person.answered,
        over: person.over,
        heard: expand('ulaw', person.heard()),
      })),
    }
  }
}
