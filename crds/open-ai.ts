/** OpenAI's Realtime API: fields and values by the vendor's names. */
import { z } from 'zod'
import { baseURL } from './base-url.ts'
import { ruled } from './rule.ts'

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
