/** Client event ids carry what they were for, so that an `error` can be matched to its command without a table of pending events. */
import type { SessionCommand } from '#runtime/call/ports.ts'
import type { OpenAIState } from './state.ts'

export type EventPurpose = SessionCommand['do'] | 'configure' | 'seed'

const PURPOSES: Readonly<Record<EventPurpose, true>> = {
  configure: true,
  seed: true,
  respond: true,
  cancel: true,
  truncate: true,
  tell: true,
  toolResult: true,
  turn: true,
  clearInput: true,
  autoRespond: true,
}

export function nextEventId(state: OpenAIState, purpose: EventPurpose): string {
  state.seq += 1
  return `sb_${state.seq}_${purpose}`
}

/** The purpose of the client event an error answers; null when it names none, or none of ours. */
export function purposeOf(eventId: string | null | undefined): EventPurpose | null {
  const word = /^sb_\d+_(\w+)$/.exec(eventId ?? '')?.[1]
  return word !== undefined && Object.hasOwn(PURPOSES, word) ? (word as EventPurpose) : null
}
