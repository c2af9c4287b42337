/** What the caller does: sounds by our own ear or the provider's, words by the provider's transcription, turns by the call machine's word. */
import { heardEnd } from './responses.ts'
import { callerItem, type GeminiState, type Out } from './state.ts'

/** A sound of the caller begins. */
export function heardStart(state: GeminiState, out: Out): void {
  if (state.hearing || state.phase !== 'ready') return
  finishCaller(state, out)
  state.hearing = true
  state.heardN += 1
  out.events.push({ type: 'speech', started: true, audioMs: 0, item: callerItem(state) })
}

/** A sound of the caller is over. Where the provider finds turns, it answers now by itself. */
export function heardStop(state: GeminiState, out: Out): void {
  if (!state.hearing) return
  heardEnd(state, out)
  if (!state.tellsTurns) state.owed = true
}

/** The provider's words of the caller: pieces, in no order with anything else. They are of the latest sound. */
export function callerWords(state: GeminiState, text: string, finished: boolean, out: Out): void {
  state.words += text
  if (text !== '') out.events.push({ type: 'transcript', role: 'caller', item: callerItem(state), text, final: false })
  if (finished) finishCaller(state, out)
}

export function finishCaller(state: GeminiState, out: Out): void {
  const text = state.words.trim()
  state.words = ''
  if (text !== '') out.events.push({ type: 'transcript', role: 'caller', item: callerItem(state), text, final: true })
}

/** The call machine gives the caller the floor, or takes it: the only turns of a session whose provider finds none. */
export function floor(state: GeminiState, started: boolean, out: Out): void {
  if (!state.tellsTurns || state.floor === started) return
  state.floor = started
  if (started) {
    // what is being said is cut by it
    if (state.turn !== null) state.turn.ours = true
    out.send.push({ realtimeInput: { activityStart: {} } })
    return
  }
  out.send.push({ realtimeInput: { activityEnd: {} } })
  state.owed = true
  state.unwanted = false
}
