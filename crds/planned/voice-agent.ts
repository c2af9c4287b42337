/** Shapes of later fields of a VoiceAgent. Sketches: nothing reads them yet, and no schema has them. */
import type { Duration } from '../duration.ts'

/** A prompt that must be spoken word by word, by a speech synthesiser when there is no session. */
export interface PlannedPrompt {
  verbatim?: boolean
}

/** Where a call may be handed to; model, drain and fallback name one, never a number. */
export interface PlannedDestination {
  name: string
  to: { number: string } | { uri: string }
  trunkRef: { name: string; namespace?: string }
}

export interface PlannedFinalAction {
  then: { transfer: string }
}

export interface PlannedCallControl {
  transfer?: { to: string[] }
  human?: { destination: string }
  sendDigits?: Record<string, never>
  hold?: { max?: Duration }
}

/** What must be said before anything else: that it is a machine, that the call is recorded. */
export interface PlannedDisclosure {
  name: string
  when: 'Start' | 'BeforeRecording'
}

export interface PlannedScaling {
  callsPerPod: number
  minPods: number
  maxPods: number
  buffer?: { calls?: number; percent?: number }
}

export interface PlannedRollout {
  steps: { weight: number; hold?: Duration; minCalls?: number; approve?: boolean }[]
  keepWarm?: number
}

export interface PlannedVoiceAgentSpec {
  model: { fallbacks?: unknown[]; azureOpenAI?: unknown; geminiLive?: unknown }
  disclosures?: PlannedDisclosure[]
  destinations?: PlannedDestination[]
  callControl?: PlannedCallControl
  /** What is known of the caller before the call, from a request of ours. */
  context?: { http: { url: string; timeout?: Duration } }
  outbound?: { trunkRef: { name: string; namespace?: string }; callerId: string }
  scaling?: PlannedScaling
  rollout?: PlannedRollout
  /** A closed list: resources, nodeSelector, tolerations, labels. */
  pod?: {
    resources?: unknown
    nodeSelector?: Record<string, string>
    tolerations?: unknown[]
    labels?: Record<string, string>
  }
}
