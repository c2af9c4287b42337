/** The caller's turns in the record: a transcript comes after the turn, if at all, and is waited for a while. */
import { hearWords, remember } from './history.ts'
import { record, spanEnd } from './record.ts'
import type { CallState, Step } from './state.ts'
import type { CallerTurn, Speech } from './state-parts.ts'
import { setTimer } from './timers.ts'

const TEXT_MS = 5000
const MAX_WAITING = 16

/** A stretch of the caller's sound is over. What was no speech to us still takes its place in the conversation: the vendor transcribes it. */
export function callerStopped(s: Step, speech: Speech, endedAt: number): void {
  const { call } = s
  const entry = remember(call, 'caller', speech.item ?? null, '')
  if (!speech.proven) return
  const turn: CallerTurn = { n: speech.n, entry: entry.n, startedAt: speech.startedAt, endedAt }
  spanEnd(s, 'turn', `caller-${speech.n}`)
  if (call.policy.transcripts !== true) return write(s, turn)
  call.callerTurns.push(turn)
  if (call.callerTurns.length > MAX_WAITING) write(s, call.callerTurns.shift())
  setTimer(call, 'callerText', s.now + TEXT_MS)
}

/** @returns what the caller has said by now in this turn; null: it was the agent */
export function onTranscript(
  s: Step,
  role: 'caller' | 'agent',
  item: string,
  text: string,
  final: boolean,
): string | null {
  const { call } = s
  // Words of what was dropped unheard have no place.
  if (role === 'agent' && !call.history.some(e => e.item === item && e.role === role)) return null
  const entry = hearWords(call, role, item, text, final)
  if (role === 'agent') return null
  if (!final) return entry.text
  const turn = call.callerTurns.find(t => t.entry === entry.n)
  if (turn === undefined) return entry.text
  call.callerTurns = call.callerTurns.filter(t => t !== turn)
  write(s, turn)
  return entry.text
}

/** No more waiting for transcripts. */
export function recordCallerTurns(s: Step): void {
  const waiting = s.call.callerTurns
  s.call.callerTurns = []
  for (const turn of waiting) write(s, turn)
  expire(s.call)
}

/** A turn whose words never came must not take those of a later one. */
function expire(call: CallState): void {
  for (const entry of call.history) if (entry.role === 'caller') entry.final = true
}

function write(s: Step, turn: CallerTurn | undefined): void {
  if (turn === undefined) return
  const entry = s.call.history.find(e => e.n === turn.entry)
  const text = s.call.policy.transcripts === true ? (entry?.text ?? '') : ''
  record(s, {
    kind: 'turn',
    role: 'caller',
    item: entry?.item ?? `caller-${turn.n}`,
    startedAt: turn.startedAt,
    endedAt: turn.endedAt,
    ...(text === '' ? {} : { text }),
  })
}
