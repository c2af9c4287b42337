/** The model that speaks: one member per provider, vendor fields by their vendor's names. */
import { z } from 'zod'
import { duration, NO_DURATION, parseDuration } from './duration.ts'
import { type Member, PROVIDER_NAMES, PROVIDERS, type Provider } from './providers.ts'
import { credentialsRef, dnsLabel } from './reference.ts'
import { type Rule, ruled } from './rule.ts'

const frame = duration('20ms', '100ms')

/** The member of the provider is there, and that of no other. */
function memberOf<T extends { provider: Provider } & { [M in Member]?: unknown }>(provider: Provider): Rule<T> {
  const { member } = PROVIDERS[provider]
  return {
    cel: `(self.provider == '${provider}') == has(self.${member})`,
    message: `${member} belongs to provider: ${provider}, which needs it: ${member}: { model: … }`,
    holds: self => (self.provider === provider) === (self[member] !== undefined),
  }
}

/** Of each provider's own fields, optional: its name says which of them is there. */
const members = Object.fromEntries(
  PROVIDER_NAMES.map(name => [PROVIDERS[name].member, PROVIDERS[name].schema.optional()]),
) as unknown as {
  readonly [P in Provider as (typeof PROVIDERS)[P]['member']]: z.ZodOptional<(typeof PROVIDERS)[P]['schema']>
}

/** Whose Realtime API, and what of it: a model, and each of its fallbacks. */
const memberShape = {
  provider: z.enum(PROVIDER_NAMES).meta({ description: 'Whose Realtime API it is.' }),
  ...members,
  credentialsRef: credentialsRef.optional(),
}

const fallbackShape = z.strictObject({
  name: dnsLabel.meta({ description: 'What record, trace and metrics call it.', examples: ['eu'] }),
  ...memberShape,
  credentialsRef: credentialsRef.optional().meta({
    description: 'Its credential. Without it, that of the model, where both have the same provider.',
  }),
})
const fallback = ruled(fallbackShape, ...PROVIDER_NAMES.map(name => memberOf(name)))

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
    .meta({ description: 'How long the provider may take.' }),
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
export const model = ruled(shape, ...PROVIDER_NAMES.map(name => memberOf(name)))
