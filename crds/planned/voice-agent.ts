/**
 * Shapes of later fields of a VoiceAgent. Sketches: nothing reads them yet, and no schema has them. Beside these, a final
 * action will take `then: { transfer }`.
 */
import type { Duration } from '../duration.ts'

interface PlannedCallControl {
  sendDigits?: Record<string, never>
  hold?: { max?: Duration }
}

/** Beside `callsPerPod` and `minPods`, which are there. */
interface PlannedScaling {
  maxPods: number
  buffer?: { calls?: number; percent?: number }
}

interface PlannedRollout {
  steps: { weight: number; hold?: Duration; minCalls?: number; approve?: boolean }[]
  keepWarm?: number
}

export interface PlannedVoiceAgentSpec {
  /** What the model must not say or do, looked at before the caller hears it. */
  guardrails?: { name: string; http: { url: string; timeout?: Duration }; then: 'Cut' | 'Warn' }[]
  callControl?: PlannedCallControl
  outbound?: { trunkRef: { name: string; namespace?: string }; callerId: string }
  /** What an answering machine hears. */
  voicemail?: { detect: boolean; say?: { text: string } }
  scaling?: PlannedScaling
  rollout?: PlannedRollout
  /** Takes no call while true. */
  suspend?: boolean
}
