/** Setups that the Live API closes the connection for, in its words. */
import type { Handles, Snapshot } from './memory.ts'
import type { Setup } from './messages.ts'

export interface Refusal {
  readonly code: 1007 | 1008
  readonly reason: string
}

/** @param bad the key is none */
export function refusalOf(setup: Setup, bad: boolean): Refusal | null {
  if (bad) return { code: 1007, reason: 'API key not valid. Please pass a valid API key.' }
  if (/^models\/[\w.-]+$/.test(setup.model)) return null
  const reason = `${setup.model} is not found for API version v1beta, or is not supported for bidiGenerateContent.`
  return { code: 1008, reason }
}

/** The conversation that a setup goes on with; null: a new one. */
export function resumedBy(setup: Setup, handles: Handles): Snapshot | Refusal | null {
  const handle = setup.sessionResumption?.handle
  if (handle === undefined) return null
  const snapshot = handles.get(handle)
  if (snapshot !== null && snapshot.model === setup.model) return snapshot
  return { code: 1008, reason: 'BidiGenerateContent session not found' }
}
