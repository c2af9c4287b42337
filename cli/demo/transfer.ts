/** The demo's second call, beside the first: a caller who wants a person, and gets one. */
import { type Caller, startCaller } from '#simulators/caller/caller.ts'
import { monotonicMs } from '#simulators/caller/clock.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import { callerWords, timelineLine } from '../call-lines.ts'
import { LiveTimeline } from '../live-timeline.ts'
import type { Style } from '../show/style.ts'
import type { TransferStage } from './set-up.ts'

const CALLER_STEPS: readonly StepInput[] = [
  { listen: { silent: 300 } },
  // what examples/transfer gives to whoever wants a person, whatever the model says
  { keys: '0#' },
  // the announcement, ringing, and the person follow one another without a pause. What they said is judged by the recording: to look for it
  // now would take time from the very clock that records it
  { wait: { agent: 'speaks' } },
  { wait: { agent: 'silent', for: 1500, within: 20_000 } },
  { say: 'where' },
  { wait: 700 },
]

export interface Transferred {
  readonly caller: Caller
  /** The person's call; null: nobody called them. */
  readonly person: Caller | null
  /** How it went, for people. */
  readonly lines: readonly string[]
}

export async function theTransfer({ worker, person }: TransferStage, style: Style): Promise<Transferred> {
  const lines: string[] = []
  const live = new LiveTimeline(monotonicMs, line => lines.push(line))
  const caller = await startCaller({ to: worker.uri, script: CALLER_STEPS, durationMs: 30_000 })
  let origin = monotonicMs()
  const line = (t: number, who: Parameters<typeof timelineLine>[1], text: string): void =>
    live.add(t, () => timelineLine(t - origin, who, text, style))
  let called: Caller | null = null
  person.onCall(call => {
    called ??= call
    call.onEvent(event => {
      if (event.type === 'called') line(event.t, 'person', 'their phone rings')
      else if (event.type === 'answered') line(event.t, 'person', 'answers')
      else if (event.type === 'say') line(event.t, 'person', `“${event.what}”`)
      else if (event.type === 'heard-start') line(event.t, 'person', 'hears the caller')
    })
  })
  caller.onEvent(event => {
    if (event.type === 'calling') origin = event.t
    const words = callerWords(event, style)
    if (words) line(event.t, words.who, words.text)
  })
  try {
    await Promise.race([caller.done, worker.died])
    return { caller, person: called, lines }
  } finally {
    caller.hangUp()
    live.close()
  }
}
