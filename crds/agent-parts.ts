/** Parts of an agent's behaviour that hold prompts. Made for a prompt schema, so that an agent and its revision share them. */
import { z } from 'zod'
import { context } from './context.ts'
import { destinationsOf, humanOf, transfer } from './destination.ts'
import { disclosuresOf } from './disclosure.ts'
import { duration } from './duration.ts'
import { model } from './model.ts'
import { finalActionOf, finalActionShape } from './prompt.ts'
import { speech } from './speech.ts'
import { tools } from './tool.ts'
import { waitingOf } from './waiting.ts'

/**
 * Off or On. YAML 1.1, which kubectl reads, takes a bare `Off` for false, so the API server must let booleans through: the field has no
 * type there, only these four values.
 */
const onOff = (description: string) =>
  z
    .preprocess(value => (value === true ? 'On' : value === false ? 'Off' : value), z.enum(['Off', 'On']))
    .default('Off')
    .meta({
      description,
      enum: ['Off', 'On', false, true],
      'x-kubernetes-preserve-unknown-fields': true,
    })

/**
 * Everything a caller can notice, but for the instructions. `soft`: prompts the caller may interrupt by default; `hard`: those they may not;
 * `disclosure`: one that is made to callers; `apology`: the built-in one, as a prompt.
 */
export function behaviourShape<S extends z.ZodType, H extends z.ZodType, D extends z.ZodType>(
  soft: S,
  hard: H,
  disclosure: D,
  apology: z.input<H>,
) {
  const final = finalActionOf(hard)
  // Zod cannot see through the type parameter that these are inputs of `final`; the tests parse them.
  const hangUp = { then: { hangUp: {} } } as never
  const builtIn = (name: 'Transfer' | 'Waiting') =>
    ('clip' in (apology as object) ? { clip: `builtin:${name.toLowerCase()}` } : { builtIn: name }) as never
  const apologise = { say: apology, then: { hangUp: {} } } as never
  return {
    model: model.meta({ description: 'What the agent speaks with.' }),
    context: context.optional().meta({ ...context.meta(), description: 'What is learnt of the call while it rings.' }),
    speech: speech.optional(),
    disclosures: disclosuresOf(disclosure),
    greeting: soft
      .optional()
      .meta({ description: 'The agent’s first words. Without it the agent waits for the caller.' }),
    bargeIn: z
      .strictObject({
        enabled: z.boolean().default(true).meta({ description: 'Whether the caller may interrupt the agent.' }),
        minSpeech: duration('0ms', '2s')
          .default('200ms')
          .meta({ description: 'Speech shorter than this only pauses the agent; it goes on at the same sample.' }),
      })
      .prefault({})
      .meta({ description: 'How the caller interrupts.' }),
    deadAir: z
      .strictObject({
        after: duration('1s', '60s')
          .default('5s')
          .meta({ description: 'The agent owes words and none come: asked again once after this, then `then`.' }),
        then: final.prefault(apologise).meta({ description: 'What happens when the second try is silent too.' }),
      })
      .prefault({})
      .meta({ description: 'The model falls silent when it should speak.' }),
    silence: z
      .strictObject({
        after: duration('2s', '10m')
          .default('1m')
          .meta({ description: 'How long the caller may say nothing after the agent has finished.' }),
        prompts: z.array(soft).max(5).default([]).meta({
          description: 'Said one after another, each after one such silence.',
          'x-kubernetes-list-type': 'atomic',
        }),
        then: final.prefault(hangUp).meta({ description: 'What happens after the last prompt.' }),
      })
      .prefault({})
      .meta({ description: 'The caller falls silent.' }),
    dtmf: z
      .strictObject({
        enabled: z.boolean().default(true).meta({ description: 'Whether the model is told of the keys.' }),
        gap: duration('200ms', '10s')
          .default('2s')
          .meta({ description: 'Keys are gathered until none came for this long.' }),
        terminator: z
          .string()
          .max(1)
          .regex(/^[0-9*#A-D]?$/, 'one key: 0-9, *, # or A-D')
          .default('#')
          .meta({ description: 'The key that ends an entry at once. An empty string for none.' }),
      })
      .prefault({})
      .meta({ description: 'Keys the caller presses, told to the model as text.' }),
    tools: tools.optional(),
    waiting: waitingOf(soft, builtIn('Waiting')),
    callControl: z
      .strictObject({
        endCall: z
          .strictObject({
            goodbye: duration('1s', '60s')
              .default('10s')
              .meta({ description: 'Longest wait for the agent’s last words to be heard.' }),
          })
          .optional()
          .meta({ description: 'Gives the model a tool `end_call`.' }),
        transfer: transfer.optional(),
        human: humanOf(hard, builtIn('Transfer')).optional(),
      })
      .optional()
      .meta({ description: 'What model and caller may do to the call.' }),
    destinations: destinationsOf(hard),
    unavailable: z
      .strictObject({
        after: duration('1s', '90s')
          .default('15s')
          .meta({ description: 'The longest ring: how long a caller waits for a session.' }),
        ...finalActionShape(hard),
      })
      .prefault(apologise)
      .meta({ description: 'No session is to be had, before the answer or in a call.' }),
    limits: z
      .strictObject({
        call: z
          .strictObject({
            max: duration('10s', '12h').default('30m').meta({ description: 'Longest call, from the answer.' }),
            then: final.prefault(hangUp).meta({ description: 'What happens at the end of it.' }),
          })
          .prefault({})
          .meta({ description: 'Length of a call.' }),
        hold: z
          .strictObject({
            max: duration('10s', '12h').default('10m').meta({ description: 'Longest hold; then the call ends.' }),
          })
          .prefault({})
          .meta({ description: 'Being put on hold by the caller.' }),
        mediaLost: duration('5s', '10m')
          .default('30s')
          .meta({ description: 'No packet from the caller for this long, not on hold: the call ends.' }),
      })
      .prefault({})
      .meta({ description: 'Where a call ends by itself.' }),
    data: z
      .strictObject({
        transcripts: onOff('Words of caller and agent in the record.'),
        traceContent: onOff('Words of caller and agent, and what goes in and out of tools, in traces.'),
      })
      .prefault({})
      .meta({ description: 'What is kept of what was said. Nothing, unless asked.' }),
  }
}
