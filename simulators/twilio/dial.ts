/** `<Dial>`: somebody is called, rings, answers or not, and whoever asked is told. */
import { monotonicMs } from '#simulators/caller/clock.ts'
import { Person } from './person.ts'
import type { TwilioWorld } from './start.ts'
import type { Verb } from './twiml.ts'

/** The call that dials. */
export interface Dialling {
  readonly world: TwilioWorld
  readonly callSid: string
  /** It is still at this verb. */
  readonly here: () => boolean
  readonly over: () => boolean
  readonly called: (person: Person) => void
  /** What a webhook of the call says. */
  readonly parameters: (status: string) => Record<string, string>
  readonly fault: (what: string) => void
}

const LOOK_MS = 20
/** Before the other side rings. */
const SET_UP_MS = 100

/** @returns TwiML by which the call goes on; null: none */
export async function dial(verb: Extract<Verb, { verb: 'Dial' }>, call: Dialling): Promise<string | null> {
  const { world, here } = call
  const { plan } = world
  const person = new Person(verb.to, verb.callerId, plan.person)
  call.called(person)
  const { then, ringMs = 300, hangUpAfterMs = Number.POSITIVE_INFINITY } = person.plan
  const wait = async (ms: number): Promise<void> => {
    for (const end = monotonicMs() + ms; here() && monotonicMs() < end; )
      await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  const tell = (event: string, status: string): void => {
    if (!plan.tells.includes('phone') || verb.statusCallback === null || !verb.events.includes(event)) return
    const form = { CallSid: person.callSid, ParentCallSid: call.callSid, CallStatus: status }
    const about = { AccountSid: world.accountSid, Direction: 'outbound-dial', From: verb.callerId, To: verb.to }
    void world.postTo(verb.statusCallback, { ...about, ...form })
  }
  await wait(SET_UP_MS)
  let result = 'failed'
  if (here() && then !== 'failed') {
    person.ringing = true
    tell('ringing', 'ringing')
    const longestMs = verb.timeoutS * 1000
    const inTime = then !== 'noAnswer' && ringMs <= longestMs
    await wait(then === 'ringsForEver' ? Number.POSITIVE_INFINITY : inTime ? ringMs : longestMs)
    result = then === 'busy' ? 'busy' : 'no-answer'
    if (here() && inTime && then === 'answers') {
      person.answer()
      tell('answered', 'in-progress')
      await wait(hangUpAfterMs)
      result = 'completed'
    }
  }
  person.over = true
  if (!here() && !call.over()) return null
  if (verb.action === null || !plan.tells.includes('result')) return null
  const gone = call.over()
  const dialled = gone && !person.answered ? 'canceled' : result
  const form = { ...call.parameters(gone ? 'completed' : 'in-progress'), DialCallStatus: dialled }
  const answer = await world.postTo(verb.action, { ...form, DialCallSid: person.callSid })
  if (answer.status !== 200) call.fault(`the action of a Dial was answered with ${answer.status}`)
  return call.over() || answer.status !== 200 ? null : answer.text
}
