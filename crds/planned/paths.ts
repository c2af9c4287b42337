/**
 * What later versions will know: fields by path (`[]` for any entry of a list, `**` for any place below), values by field, kinds. `validate` says
 * of them "known, not in this version"; the CRDs do not have them. The shapes are in the interfaces beside this file.
 */

import type { PlannedSipTrunkSpec } from './sip-trunk.ts'
import type { PlannedVoiceAgentSpec } from './voice-agent.ts'

/** Whole members of a spec: typed, so that an interface cannot know one that this list does not. */
const agentMembers: Readonly<Record<Exclude<keyof PlannedVoiceAgentSpec, 'callControl' | 'scaling'>, true>> = {
  guardrails: true,
  outbound: true,
  voicemail: true,
  rollout: true,
  suspend: true,
}
const trunkMembers: Readonly<Record<Exclude<keyof PlannedSipTrunkSpec, 'sip' | 'outbound'>, true>> = {
  providerSip: true,
  credentialsRef: true,
  maxCalls: true,
}

export const plannedFields: Readonly<Record<'VoiceAgent' | 'SipTrunk', readonly string[]>> = {
  VoiceAgent: [
    ...Object.keys(agentMembers).map(member => `spec.${member}`),
    'spec.scaling.maxPods',
    'spec.scaling.buffer',
    'spec.model.azureOpenAI',
    'spec.callControl.sendDigits',
    'spec.callControl.hold',
    'spec.tools[].mcp',
    'spec.tools[].filler',
    'spec.tools[].confirm',
    'spec.tools[].http.headers[].valueFrom',
    'spec.tools[].http.credentialsRef',
    'spec.data.recording',
    'spec.data.retention',
    'spec.data.redact',
    'spec.limits.cost',
    'spec.limits.calls',
    'spec.limits.perCaller',
    'spec.inbound[].weight',
    'spec.inbound[].schedule',
    'spec.**.then.transfer',
    'spec.disclosures[].when',
  ],
  SipTrunk: [
    ...Object.keys(trunkMembers).map(member => `spec.${member}`),
    'spec.outbound.maxPerSecond',
    'spec.sip.srtp',
    'spec.sip.tls',
    'spec.sip.register',
    'spec.sip.sessionTimers',
    'spec.sip.stirShaken',
    'spec.sip.media.mode',
  ],
}

export const plannedValues: Readonly<Record<'VoiceAgent' | 'SipTrunk', Readonly<Record<string, readonly string[]>>>> = {
  VoiceAgent: {
    'spec.model.provider': ['AzureOpenAI'],
    'spec.model.credentialsRef.kind': ['WorkloadIdentity'],
    'spec.data.transcripts': ['Redacted'],
  },
  SipTrunk: {
    'spec.ingress': ['ProviderSip'],
    'spec.sip.codecs[]': ['G722', 'OPUS', 'G729'],
    'spec.sip.outbound.transport': ['Tls'],
  },
}

export const plannedKinds: readonly string[] = [
  'RolloutPin',
  'ModelProvider',
  'PhoneNumber',
  'VoiceTenant',
  'CallCampaign',
  'CallTest',
]

/** Whether a field is planned. */
export function isPlannedField(kind: string, path: readonly (string | number)[]): boolean {
  const text = generic(path)
  return (plannedFields[kind as 'VoiceAgent'] ?? []).some(pattern => {
    const [above = '', below] = pattern.split('**.')
    return below === undefined ? text === pattern : text.startsWith(above) && text.endsWith(`.${below}`)
  })
}

/** Whether a value of a field is planned. */
export function isPlannedValue(kind: string, path: readonly (string | number)[], value: unknown): boolean {
  return typeof value === 'string' && (plannedValues[kind as 'VoiceAgent']?.[generic(path)] ?? []).includes(value)
}

function generic(path: readonly (string | number)[]): string {
  return path
    .map(part => (typeof part === 'number' ? '[]' : `.${part}`))
    .join('')
    .slice(1)
}
