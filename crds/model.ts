/** The model that speaks: one member per provider, vendor fields by their vendor's names. */
import { z } from 'zod'
import { baseURL } from './base-url.ts'
import { duration, NO_DURATION, parseDuration } from './duration.ts'
import { gemini } from './gemini.ts'
import { credentialsRef, dnsLabel } from './reference.ts'
import { type Rule, ruled } from './rule.ts'
import { UNFILLED } from './unfilled.ts'

/** Turn detection as OpenAI names it. Who creates and interrupts responses is not here: Switchboard owns interruption. */
const turnDetection = ruled(
  z
    .strictObject({
      type: z.enum(['server_vad', 'semantic_vad']).meta({ description: 'By silence, or by meaning.' }),
      threshold: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .meta({ description: 'server_vad: loudness that counts as speech. Vendor default 0.5.' }),
      prefix_padding_ms: z
        .int()
        .min(0)
        .max(5000)
        .optional()
        .meta({ description: 'server_vad: audio kept from before the speech. Vendor default 300.' }),
      silence_duration_ms: z
        .int()
        .min(0)
        .max(10_000)
        .optional()
        .meta({ description: 'server_vad: silence that ends a turn. Vendor default 500.' }),
      eagerness: z
        .enum(['low', 'medium', 'high', 'auto'])
        .optional()
        .meta({ description: 'semantic_vad: how soon a turn counts as over.' }),
    })
    .meta({ description: 'How the vendor finds the end of a turn, in the vendor’s own words.' }),
  {
    cel: "self.type == 'server_vad' || !(has(self.threshold) || has(self.prefix_padding_ms) || has(self.silence_duration_ms))",
    message: 'threshold, prefix_padding_ms and silence_duration_ms belong to type: server_vad',
    holds: t => t.type === 'server_vad' || (t.threshold ?? t.prefix_padding_ms ?? t.silence_duration_ms) === undefined,
  },
  {
    cel: "self.type == 'semantic_vad' || !has(self.eagerness)",
    message: 'eagerness belongs to type: semantic_vad',
    holds: t => t.type === 'semantic_vad' || t.eagerness === undefined,
  },
)

/** OpenAI's Realtime API (GA), or anything that speaks it. */
export const openAI = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .max(128)
      .meta({ description: 'Name of the model; any name is passed on.', examples: ['gpt-realtime-2.1'] }),
    voice: z.string().min(1).max(128).default('marin').meta({ description: 'Name or id of the voice.' }),
    speed: z.number().min(0.25).max(1.5).optional().meta({ description: 'Speaking rate; 1 is the voice’s own.' }),
    turnDetection: turnDetection.prefault({ type: 'server_vad' }),
    transcription: z
      .strictObject({
        model: z
          .string()
          .min(1)
          .max(128)
          .meta({ description: 'Transcription model.', examples: ['gpt-4o-mini-transcribe'] }),
        language: z.string().min(2).max(16).optional().meta({ description: 'ISO 639-1 language of the caller.' }),
        prompt: z.string().max(4096).optional().meta({ description: 'Words to expect.' }),
      })
      .optional()
      .meta({
        description:
          'Transcribes the caller with a separate model, billed apart. Without it a reopened session is told only the agent’s side of the conversation.',
      }),
    noiseReduction: z
      .enum(['NearField', 'FarField'])
      .optional()
      .meta({ description: 'Filter for the caller’s audio: a handset, or a speakerphone. Off when left out.' }),
    maxOutputTokens: z
      .int()
      .min(1)
      .max(32_768)
      .optional()
      .meta({ description: 'Most tokens of one response. Vendor default: no limit.' }),
    reasoning: z
      .strictObject({
        effort: z.enum(['Minimal', 'Low', 'Medium', 'High', 'XHigh']).meta({ description: 'How long it may think.' }),
      })
      .optional()
      .meta({ description: 'Thinking before speaking; for models that reason (gpt-realtime-2 and later).' }),
    baseURL: baseURL.optional().meta({
      ...baseURL.meta(),
      description: 'Another endpoint with the same API.',
      examples: ['https://eu.api.openai.com/v1'],
    }),
    extra: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'Merged into the session object verbatim, under what Switchboard sets itself: for vendor fields that have no field here.',
    }),
  })
  .meta({ description: 'OpenAI’s Realtime API (GA), or an endpoint that speaks it.' })

const frame = duration('20ms', '100ms')

/** Each provider's member, by the provider's name. */
export const MEMBERS = { OpenAI: 'openAI', Gemini: 'gemini' } as const

type Provider = keyof typeof MEMBERS

/** The member of the provider is there, and that of no other. */
function memberOf<T extends { provider: Provider; openAI?: unknown; gemini?: unknown }>(provider: Provider): Rule<T> {
  const member = MEMBERS[provider]
  return {
    cel: `(self.provider == '${provider}') == has(self.${member})`,
    message: `${member} belongs to provider: ${provider}, which needs it: ${member}: { model: … }`,
    holds: self => (self.provider === provider) === (self[member] !== undefined),
  }
}

/** Whose Realtime API, and what of it: a model, and each of its fallbacks. */
const memberShape = {
  provider: z.enum(['OpenAI', 'Gemini']).meta({ description: 'Whose Realtime API it is.' }),
  openAI: openAI.optional(),
  gemini: gemini.optional(),
  credentialsRef: credentialsRef.optional(),
}

const fallbackShape = z.strictObject({
  name: dnsLabel.meta({ description: 'What record, trace and metrics call it.', examples: ['eu'] }),
  ...memberShape,
  credentialsRef: credentialsRef.optional().meta({
    description: 'Its credential. Without it, that of the model, where both have the same provider.',
  }),
})
const fallback = ruled(fallbackShape, memberOf('OpenAI'), memberOf('Gemini'))

const shape = z.strictObject({
  ...memberShape,
  fallbacks: z
    .array(fallback)
    .min(1)
    .max(4)
    .optional()
    .meta({
      description:
        'What speaks instead, in this order, when no session of the model is to be had: another provider, another region (`baseURL`) or another model. At the answer and in the middle of a call, with the conversation carried across as text.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  timeouts: z
    .strictObject({
      ready: duration('500ms', '30s').default('5s').meta({
        description:
          'With fallbacks: a session that is not ready by then is given up for the next one. Without, `unavailable.after` says it.',
      }),
    })
    .prefault({})
    .meta({ description: 'How long the provider may take.', [UNFILLED]: true }),
  upstreamFrame: ruled(frame, {
    cel: `${NO_DURATION} || duration(self) in [duration('20ms'), duration('40ms'), duration('60ms'), duration('80ms'), duration('100ms')]`,
    message: 'must be a multiple of 20ms: 20ms, 40ms, 60ms, 80ms or 100ms',
    holds: self => (parseDuration(self) ?? 0) % 20 === 0,
  })
    .default('40ms')
    .meta({ description: 'Audio sent to the provider at a time: shorter is sooner, longer is less work.' }),
  responses: z.enum(['Provider', 'Switchboard']).default('Provider').meta({
    description:
      'Who creates the response after a turn of the caller: the provider by itself (soonest), or Switchboard on the end of speech (a round trip later, and in its hand). With Gemini also who finds the turn, and so who interrupts: the vendor’s ear, or ours.',
  }),
})

/** What the agent speaks with. */
export const model = ruled(shape, memberOf('OpenAI'), memberOf('Gemini'))
