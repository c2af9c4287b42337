/** What renders the texts of prompts to sound, ahead of calls: a text-to-speech endpoint in OpenAI's shape. */
import { z } from 'zod'
import { baseURL } from './base-url.ts'
import type { Behaviour, Model } from './behaviour.ts'
import { type Candidate, candidatesOf } from './models.ts'
import { PROVIDERS } from './providers.ts'
import { credentialsRef } from './reference.ts'

export const speech = z
  .strictObject({
    baseURL: baseURL.optional().meta({
      ...baseURL.meta(),
      description:
        'Another endpoint with the same API, `POST {baseURL}/audio/speech`. Without it, that of the first model of OpenAI among the model and its fallbacks; with it no key but `credentialsRef` is sent there.',
      examples: ['http://kokoro.speech:8880/v1'],
    }),
    model: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({
        description:
          'Name of the text-to-speech model; any name is passed on. Without it, what this version takes for the vendor’s: docs/prompts.md.',
        examples: ['gpt-4o-mini-tts'],
      }),
    voice: z.string().min(1).max(128).optional().meta({
      description: 'Name or id of the voice. Without it, that of the first model of OpenAI; without one, marin.',
    }),
    instructions: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .meta({
        description: 'How it is to speak, for models that take it.',
        examples: ['Calm and friendly, for the phone.'],
      }),
    speed: z.number().min(0.25).max(4).optional().meta({ description: 'Speaking rate; 1 is the voice’s own.' }),
    credentialsRef: credentialsRef.optional().meta({
      ...credentialsRef.meta(),
      description: 'Its credential. Without it, that of the model whose endpoint it is.',
    }),
  })
  .meta({
    description:
      'Renders the texts of prompts once, before calls: last words, disclosures, what is `verbatim`, and what is heard while waiting. With a model of OpenAI it is there by itself; Gemini Live has no such endpoint.',
  })

/** Where texts are rendered, and how. */
export interface Renderer {
  /** As if it were a model: whose key it takes, and where it is. */
  readonly candidate: Candidate
  /** Null: the vendor's usual one. */
  readonly model: string | null
  readonly voice: string
  readonly instructions?: string
  readonly speed?: number
  /** It is not the endpoint of one of the agent's models: no key but its own goes there. */
  readonly foreign: boolean
}

const VOICE = 'marin'

/** Null: nothing renders the texts of this agent. */
export function rendererOf(model: Model, own: Behaviour['speech']): Renderer | null {
  const host = candidatesOf(model).find(({ provider }) => provider === 'OpenAI')
  if (host === undefined && own === undefined) return null
  const url = own?.baseURL ?? host?.url ?? PROVIDERS.OpenAI.url
  const ref = own?.credentialsRef ?? (own?.baseURL === undefined ? host?.credentialsRef : undefined)
  const base = own?.baseURL ?? host?.baseURL
  return {
    candidate: {
      name: 'speech',
      provider: 'OpenAI',
      model: own?.model ?? '',
      url,
      ...(base !== undefined && { baseURL: base }),
      vendor: {},
      ...(ref && { credentialsRef: { name: ref.name, key: ref.key } }),
    },
    model: own?.model ?? null,
    voice: own?.voice ?? (typeof host?.vendor['voice'] === 'string' ? host.vendor['voice'] : VOICE),
    ...(own?.instructions !== undefined && { instructions: own.instructions }),
    ...(own?.speed !== undefined && { speed: own.speed }),
    foreign: own?.baseURL !== undefined,
  }
}
