/** Where a call may be handed to. Model, keys and last words name one, never a number. */
import { z } from 'zod'
import {
  addressOf,
  EMERGENCY_PATTERN,
  EMERGENCY_URI_PATTERN,
  numberOf,
  PREMIUM_PATTERN,
  refusalOf,
} from './dialled-number.ts'
import { duration } from './duration.ts'
import { dnsLabel, trunkRef } from './reference.ts'
import { exactlyOne, ruled } from './rule.ts'

const number = ruled(
  z
    .string()
    .max(20)
    .regex(/^(\+[1-9][0-9]{1,14}|[0-9*#]{1,15})$/, 'E.164 with +, or an extension: digits, * and # only')
    .meta({
      description: 'E.164 with `+`, or an extension of the PBX. Quote it: YAML reads it as a number.',
      examples: ['"+14155550199"'],
    }),
  {
    cel: `!self.matches('${EMERGENCY_PATTERN}')`,
    message: 'is an emergency number: no agent may dial it',
    holds: self => refusalOf(self) !== 'emergency',
  },
  {
    cel: `!self.matches('${PREMIUM_PATTERN}')`,
    message: 'is a premium-rate or satellite number: no agent may dial it',
    holds: self => refusalOf(self) !== 'premium',
  },
)

const uri = ruled(
  z
    .string()
    .max(255)
    .regex(/^sip:([^@;?:<>"\s]+@)?[A-Za-z0-9.-]+(:[0-9]{1,5})?(;transport=(udp|tcp))?$/, 'sip:user@host')
    .meta({ description: 'A SIP address.', examples: ['sip:desk@pbx.acme.example'] }),
  {
    cel: `!self.matches('${EMERGENCY_URI_PATTERN}')`,
    message: 'is an emergency number: no agent may dial this address',
    holds: self => addressOf(self) === null || refusalOf(numberOf({ uri: self }) ?? '') !== 'emergency',
  },
)

const target = ruled(
  z.strictObject({ number: number.optional(), uri: uri.optional() }),
  exactlyOne(['number', 'uri'], 'write exactly one of number, uri'),
)

/** After an attempt that did not reach anybody: something is said, if anything, and the agent goes on or the call ends. */
const outcomeOf = <P extends z.ZodType>(prompt: P, byDefault: 'agent' | 'hangUp', description: string) =>
  z
    .strictObject({
      say: prompt.optional().meta({ description: 'What the caller hears first. Nothing, when it is left out.' }),
      then: ruled(
        z.strictObject({
          agent: z
            .strictObject({})
            .optional()
            .meta({ description: 'The agent goes on. It is told how the attempt ended.' }),
          hangUp: z.strictObject({}).optional().meta({ description: 'The call ends.' }),
        }),
        exactlyOne(['agent', 'hangUp'], 'write exactly one of agent, hangUp: then: { agent: {} }'),
      )
        .prefault({ [byDefault]: {} })
        .meta({ description: 'What then happens.' }),
    })
    .prefault({})
    .meta({ description })

/** `hard`: prompts that the caller may not interrupt by default. */
export const destinationOf = <P extends z.ZodType>(hard: P) =>
  z.strictObject({
    name: dnsLabel.meta({ description: 'What model and manifest call it.', examples: ['desk'] }),
    description: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .meta({ description: 'Who is there and what for: told to the model.', examples: ['The front desk, for bills'] }),
    to: target.meta({ description: 'Who is called.' }),
    trunkRef: trunkRef.meta({
      description: 'The trunk that the call goes out over. It must let the namespace dial out (`outbound.namespaces`).',
    }),
    say: hard.optional().meta({ description: 'What the caller hears before the attempt.' }),
    ring: duration('5s', '3m').default('30s').meta({ description: 'How long it may ring; then nobody answers.' }),
    ringback: z.enum(['Us', 'Uk', 'Eu', 'None']).default('Us').meta({
      description:
        'What the caller hears while it rings: the tone of a country, or nothing. Sound of the far end replaces it.',
    }),
    session: z.enum(['Close', 'Keep']).default('Close').meta({
      description:
        'The model while a person speaks with the caller. Close: its session ends, and a new one is given the conversation when the agent goes on. Keep: it stays open and hears nothing.',
    }),
    outcomes: z
      .strictObject({
        busy: outcomeOf(hard, 'agent', 'The line is busy.'),
        noAnswer: outcomeOf(hard, 'agent', 'Nobody answered in time.'),
        failed: outcomeOf(hard, 'agent', 'The call was refused, or could not be made.'),
        ended: outcomeOf(hard, 'hangUp', 'The person hung up.'),
      })
      .prefault({})
      .meta({ description: 'What the caller hears, and what happens, by how the attempt ended.' }),
  })

export const destinationsOf = <P extends z.ZodType>(hard: P) =>
  z
    .array(destinationOf(hard))
    .max(32)
    .optional()
    .meta({
      description: 'Where calls may be handed to.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    })

/** What callers say who want a person, in English. Compared without case and punctuation. */
const PHRASES = [
  'speak to a person',
  'talk to a person',
  'speak with a person',
  'speak to a human',
  'talk to a human',
  'speak to someone',
  'talk to someone',
  'speak to a real person',
  'talk to a real person',
  'speak to an operator',
  'speak to a representative',
]

/** `callControl.transfer`. */
export const transfer = z
  .strictObject({
    to: z
      .array(dnsLabel)
      .min(1)
      .max(32)
      .meta({ description: 'Destinations that the model may choose from.', 'x-kubernetes-list-type': 'set' }),
  })
  .meta({ description: 'Gives the model a tool `transfer_call`.' })

/** `callControl.human`. */
export const humanOf = <P extends z.ZodType>(hard: P, putThrough: z.input<P>) =>
  z
    .strictObject({
      destination: dnsLabel.meta({ description: 'Where callers go who want a person.' }),
      keys: z
        .string()
        .max(4)
        .regex(/^[0-9*#]*$/, 'keys: 0-9, * and #')
        .default('0')
        .meta({
          description:
            'Pressed alone they lead to a person: as a whole entry, so that they may be part of a longer number. An empty string for none.',
        }),
      phrases: z
        .array(z.string().min(2).max(64))
        .max(32)
        .default([...PHRASES])
        .meta({
          description:
            'Words of the caller that lead to a person, found in the transcript. Compared without case and punctuation.',
          'x-kubernetes-list-type': 'atomic',
        }),
      say: hard.prefault(putThrough).meta({ description: 'What the caller hears first.' }),
    })
    .meta({ description: 'A way to a person that works whatever the model does.' })
