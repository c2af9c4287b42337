/** Was the caller put through? By two recordings alone: the caller's, and the person's. */
import { type StereoCall, type Verdict, Words, whole } from './judge-wav.ts'

/** @param person their own recording: what they said on one side, what they heard on the other */
export function judgeTransfer(caller: StereoCall, person: StereoCall): Verdict[] {
  const greeting = new Words(caller.agent, 'agent', 'greeting', 0)
  const announced = new Words(caller.agent, 'agent', 'transfer', greeting.end)
  const desk = new Words(caller.agent, 'person', 'desk', announced.end)
  const asked = new Words(person.agent, 'caller', 'where', 0)
  return [
    whole('the second caller heard the agent', greeting),
    whole('heard that they are put through', announced),
    whole('heard the person', desk),
    whole('and the person heard the caller', asked),
  ]
}
