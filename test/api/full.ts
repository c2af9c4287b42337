/** One object per kind with about every field, and what stands in for a member that excludes another. */
import type { Kind } from './crds.ts'
import type { KubeObject } from './server.ts'

const clip = { configMapKeyRef: { name: 'words', key: 'hello.wav' } }
const goesOn = { say: { text: 'Sorry.', interruptible: false }, then: { agent: {} } }
const goodbye = { say: { text: 'Goodbye.', interruptible: false }, then: { hangUp: {} } }

export const FULL: Readonly<Record<Kind, KubeObject>> = {
  VoiceAgent: {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: 'reception' },
    spec: {
      instructions: 'Be kind.',
      variables: { clinic: 'Acme Dental' },
      model: {
        provider: 'OpenAI',
        openAI: {
          model: 'gpt-realtime-2.1',
          voice: 'marin',
          speed: 1.1,
          turnDetection: { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 },
          transcription: { model: 'gpt-4o-mini-transcribe', language: 'en', prompt: 'Acme' },
          noiseReduction: 'NearField',
          maxOutputTokens: 4096,
          reasoning: { effort: 'Low' },
          baseURL: 'https://eu.api.openai.com/v1',
          extra: { tracing: { group: 'a', deep: [1, { b: null }] } },
        },
        credentialsRef: { kind: 'Secret', name: 'openai', key: 'apiKey' },
        fallbacks: [
          {
            name: 'mini',
            provider: 'OpenAI',
            openAI: {
              model: 'gpt-realtime-mini',
              turnDetection: { type: 'server_vad', threshold: 0.5 },
            },
            credentialsRef: { kind: 'Secret', name: 'openai', key: 'apiKey' },
          },
        ],
        timeouts: { ready: '5s' },
        upstreamFrame: '40ms',
        responses: 'Provider',
      },
      context: {
        variables: [
          { name: 'customer', from: 'Http', field: 'name', default: 'nobody', maxLength: 100 },
          { name: 'ticket', from: 'Header', header: 'X-Ticket' },
          { name: 'visits', from: 'Http' },
        ],
        http: {
          url: 'http://crm.acme/lookup',
          method: 'POST',
          timeout: '2s',
          headers: [{ name: 'x-tenant', value: 'acme' }],
          onFailure: 'Continue',
        },
      },
      speech: {
        baseURL: 'http://kokoro.speech:8880/v1',
        model: 'kokoro',
        voice: 'marin',
        instructions: 'Calm.',
        speed: 1,
        credentialsRef: { kind: 'Secret', name: 'openai', key: 'apiKey' },
      },
      disclosures: [{ name: 'recording', text: 'This call is recorded.', onFailure: 'Refuse' }],
      greeting: { text: '{{clinic}}, how can I help?', interruptible: true, verbatim: true },
      bargeIn: { enabled: true, minSpeech: '200ms' },
      deadAir: { after: '5s', then: goodbye },
      silence: { after: '1m', prompts: [{ text: 'Are you there?', interruptible: true }], then: goodbye },
      dtmf: { enabled: true, gap: '2s', terminator: '#' },
      tools: [
        {
          name: 'find_appointment',
          description: 'Finds free appointments on a day.',
          parameters: { type: 'object', properties: { day: { type: 'string', format: 'date' } }, required: ['day'] },
          effect: 'Read',
          http: {
            url: 'http://calendar.acme/find',
            method: 'POST',
            timeout: '3s',
            headers: [{ name: 'x-tenant', value: 'acme' }],
          },
        },
      ],
      waiting: { enabled: true, after: '4s', every: '5s', say: { text: 'One moment.', interruptible: true } },
      destinations: [
        {
          name: 'desk',
          description: 'The front desk',
          to: { number: '+14155550199' },
          trunkRef: { name: 'pbx', namespace: 'telephony' },
          ring: '20s',
          say: { text: 'One moment.', interruptible: false },
          outcomes: { busy: goesOn, noAnswer: goesOn, failed: goesOn, ended: goesOn },
        },
      ],
      callControl: {
        endCall: { goodbye: '10s' },
        transfer: { to: ['desk'] },
        human: {
          destination: 'desk',
          keys: '0',
          phrases: ['a person'],
          say: { text: 'One moment.', interruptible: false },
        },
      },
      unavailable: { after: '15s', ...goodbye },
      limits: { call: { max: '30m', then: goodbye }, hold: { max: '10m' }, mediaLost: '30s' },
      data: { transcripts: 'On', traceContent: 'Off' },
      inbound: [
        {
          name: 'main',
          trunkRef: { name: 'pbx', namespace: 'telephony' },
          match: [{ number: '+14155550100' }],
          variables: { clinic: 'North' },
        },
      ],
      drain: { deadline: '30m', end: goodbye },
      scaling: { callsPerPod: 50, minPods: 2 },
      pod: {
        resources: {
          requests: { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '1Gi' },
          limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': '2Gi' },
        },
        nodeSelector: { 'node.example.com/pool': 'voice' },
        tolerations: [{ key: 'voice', operator: 'Equal', value: 'only', effect: 'NoExecute', tolerationSeconds: 300 }],
        labels: { team: 'voice' },
      },
    },
  },
  SipTrunk: {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: 'pbx' },
    spec: {
      carrier: 'Pbx',
      ingress: 'Sip',
      numbers: [
        {
          number: '+14155550100',
          namespaces: {
            matchLabels: { customer: 'acme' },
            matchExpressions: [{ key: 'customer', operator: 'In', values: ['acme'] }],
          },
        },
      ],
      sip: {
        peers: [{ cidr: '10.0.0.0/8', media: ['10.0.0.0/8'] }],
        codecs: ['PCMU', 'PCMA'],
        headers: ['X-Ticket'],
        media: { latch: 'InRange' },
        dialPlan: { countryCode: '44', nationalPrefix: '0', internationalPrefix: '00' },
        outbound: { host: 'sbc.example.com', port: 5060, credentialsRef: { name: 'pbx' } },
      },
      outbound: {
        callerIds: ['+14155550100'],
        allowedPrefixes: ['+1'],
        namespaces: {
          matchLabels: { customer: 'acme' },
          matchExpressions: [{ key: 'customer', operator: 'In', values: ['acme'] }],
        },
      },
    },
  },
  VoiceAgentRevision: {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgentRevision',
    metadata: { name: 'reception-1' },
    spec: {
      agentRef: { name: 'reception' },
      replicas: 1,
      snapshot: { schemaVersion: 1, hash: 'a'.repeat(64), content: { instructions: 'Be kind.' } },
    },
  },
}

/** Of these members exactly one may be there. */
export const EXCLUSIVE: readonly (readonly string[])[] = [
  ['instructions', 'instructionsFrom'],
  ['text', 'audioFrom', 'builtIn'],
  ['hangUp', 'reject'],
  ['number', 'range', 'user'],
  ['preset', 'cidr'],
  ['number', 'uri'],
  ['openAI', 'gemini'],
  ['sip', 'mediaStream'],
]

/** What else has to be so where a member stands; null: it must not be there. */
export const ALONG: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  gemini: { provider: 'Gemini' },
  header: { from: 'Header', field: null },
  mediaStream: { ingress: 'MediaStream', carrier: 'Twilio' },
}

/** A sound value of a member that {@link FULL} leaves out for another's sake. */
export const INSTEAD: Readonly<Record<string, unknown>> = {
  instructionsFrom: { configMapKeyRef: { name: 'words', key: 'text' } },
  audioFrom: clip,
  builtIn: 'Apology',
  reject: 480,
  range: '+14155550100-+14155550199',
  user: 'reception',
  preset: 'Twilio',
  eagerness: 'low',
  gemini: { model: 'gemini-live' },
  mediaStream: {
    publicURL: 'https://voice.example.com',
    accountSid: `AC${'0'.repeat(32)}`,
    credentialsRef: { kind: 'Secret', name: 'twilio', key: 'authToken' },
    transfer: 'Dial',
    apiURL: 'https://api.twilio.com',
  },
}
