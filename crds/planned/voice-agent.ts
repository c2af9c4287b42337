/**
 * Shapes of later fields of a VoiceAgent. Sketches: nothing reads them yet, and no schema has them. Beside these, a prompt
 * will take `verbatim` (spoken word by word, by a synthesiser when there is no session) and a final action `then: { transfer }`.
 */
import type { Duration } from '../duration.ts'

interface PlannedCallControl {
  sendDigits?: Record<string, never>
  hold?: { max?: Duration }
}

/** What must be said before anything else: that it is a machine, that the call is recorded. */
interface PlannedDisclosure {
  name: string
  when: 'Start' | 'BeforeRecording'
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
  disclosures?: PlannedDisclosure[]
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
