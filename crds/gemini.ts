/** Google's Gemini Live API: fields and values by the vendor's names. */
import { z } from 'zod'
import { baseURL } from './base-url.ts'
import { ruled } from './rule.ts'

const sensitivity = (of: 'START' | 'END', description: string) =>
  z
    .enum([`${of}_SENSITIVITY_HIGH`, `${of}_SENSITIVITY_LOW`])
    .optional()
    .meta({ description })

const tokens = (description: string) => z.int().min(1000).max(1_000_000).optional().meta({ description })

const endpoint = ruled(baseURL, {
  cel: "!self.matches('[?&](key|access_token)=')",
  message: 'must not carry a key: use credentialsRef',
  holds: url => !/[?&](key|access_token)=/.test(url),
})

/** Who finds turns is not here: `model.responses` says it. */
const activityDetection = z
  .strictObject({
    startOfSpeechSensitivity: sensitivity('START', 'How little counts as speech. Vendor default: high.'),
    endOfSpeechSensitivity: sensitivity('END', 'How soon speech counts as over. Vendor default: high.'),
    prefixPaddingMs: z.int().min(0).max(2000).optional().meta({
      description:
        'Sound kept from before the speech; with `responses: Switchboard`, what of it goes with a turn (300 when left out).',
    }),
    silenceDurationMs: z.int().min(100).max(5000).optional().meta({
      description: 'Silence that ends a turn; with `responses: Switchboard`, by our own ear (500 when left out).',
    }),
  })
  .meta({ description: 'How the vendor, or Switchboard, finds the caller’s turns, in the vendor’s own words.' })

export const gemini = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .max(128)
      .meta({ description: 'Name of the model; any name is passed on.', examples: ['gemini-3.8-live'] }),
    voice: z.string().min(1).max(128).default('Kore').meta({ description: 'Name of a prebuilt voice.' }),
    languageCode: z
      .string()
      .regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/, 'a language such as en-US')
      .max(35)
      .optional()
      .meta({ description: 'BCP 47 language it speaks. The model chooses when left out.', examples: ['en-US'] }),
    temperature: z.number().min(0).max(2).optional().meta({ description: 'How freely it chooses its words.' }),
    maxOutputTokens: z.int().min(1).max(65_536).optional().meta({ description: 'Most tokens of one turn.' }),
    activityDetection: activityDetection.prefault({}),
    contextWindowCompression: z
      .strictObject({
        triggerTokens: tokens(
          'Tokens of context from which on it is shortened. Vendor default: 80 % of what the model takes.',
        ),
        targetTokens: tokens('Tokens that are kept. Vendor default: half of the trigger.'),
      })
      .prefault({})
      .meta({
        description:
          'Always on, for a conversation without it ends after 15 minutes: the vendor forgets the oldest turns when the context is full.',
      }),
    baseURL: endpoint.optional().meta({ ...endpoint.meta(), description: 'Another endpoint with the same API.' }),
    extra: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'Merged into the `setup` message verbatim, under what Switchboard sets itself: for vendor fields that have no field here.',
    }),
  })
  .meta({ description: 'Google’s Gemini Live API, or an endpoint that speaks it.' })
