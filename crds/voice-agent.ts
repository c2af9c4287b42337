/** VoiceAgent: what callers talk to. */
import { z } from 'zod'
import { behaviourShape } from './agent-parts.ts'
import { VARIABLE_NAME } from './context.ts'
import { namedDestinations } from './destination-names.ts'
import { disclosure } from './disclosure.ts'
import { duration } from './duration.ts'
import { numberForm } from './number-form.ts'
import { API_VERSION, conditions, metadata } from './object.ts'
import { pod } from './pod.ts'
import { finalActionOf, promptOf } from './prompt.ts'
import { configMapKeyRef, dnsLabel, trunkRef } from './reference.ts'
import { renderable } from './renderable.ts'
import { exactlyOne, ruled } from './rule.ts'
import { scaling } from './scaling.ts'

const variables = ruled(
  z
    .record(z.string(), z.string().max(4096))
    // The words of the API server, for whom maxProperties says it.
    .refine(self => Object.keys(self).length <= 64, 'must have at most 64 items')
    .meta({
      maxProperties: 64,
      description: 'Values for `{{name}}` in instructions and prompts.',
      examples: ['{ clinic: Acme Dental }'],
    }),
  {
    cel: "self.all(name, name.matches('^[a-zA-Z_][a-zA-Z0-9_]{0,62}$'))",
    message: 'names of variables are letters, digits and _, and begin with no digit',
    holds: self => Object.keys(self).every(name => VARIABLE_NAME.test(name)),
  },
)

const inbound = z
  .array(
    z.strictObject({
      name: dnsLabel.meta({ description: 'Name of this way in.', examples: ['main'] }),
      trunkRef: trunkRef.meta({ description: 'The trunk its calls come over.' }),
      match: z.array(numberForm).min(1).max(256).meta({
        description:
          'Called numbers. The trunk must grant them to the agent’s namespace; the narrowest match of all agents wins.',
        'x-kubernetes-list-type': 'atomic',
      }),
      variables: variables.optional().meta({
        ...variables.meta(),
        description: 'Other values for calls that come in this way, of variables that `spec.variables` declares.',
        examples: ['{ clinic: Acme Dental North }'],
      }),
    }),
  )
  .max(64)
  .optional()
  .meta({
    description: 'The calls it answers. Not part of a revision.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  })

const drain = z
  .strictObject({
    deadline: duration('0s', '12h')
      .default('30m')
      .meta({ description: 'Calls may last this long after their pod began to drain.' }),
    end: finalActionOf(promptOf(false))
      .prefault({ then: { hangUp: {} } })
      .meta({ description: 'What happens to those that are left.' }),
  })
  .prefault({})
  .meta({ description: 'How calls end when their pod must go. Not part of a revision.' })

/** The wanted state of an agent. */
export const voiceAgentSpec = ruled(
  z.strictObject({
    instructions: z
      .string()
      .min(1)
      .max(65_536)
      .optional()
      .meta({ description: 'What the agent is and does, for the model. `{{name}}` stands for a variable.' }),
    instructionsFrom: z
      .strictObject({ configMapKeyRef })
      .optional()
      .meta({ description: 'The same from a ConfigMap. A change of it makes a new revision.' }),
    variables: variables.optional().meta({ ...variables.meta() }),
    ...behaviourShape(promptOf(true), promptOf(false), disclosure, { builtIn: 'Apology' }),
    inbound,
    drain,
    scaling: scaling.prefault({}).meta({ description: 'How many pods, and calls in each. Not part of a revision.' }),
    pod: pod.optional().meta({ description: 'What its pods ask of nodes, and their labels. Not part of a revision.' }),
  }),
  exactlyOne(['instructions', 'instructionsFrom'], 'write exactly one of instructions, instructionsFrom'),
  ...namedDestinations,
  renderable,
)

/** What the operator has seen. */
export const voiceAgentStatus = z.strictObject({
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The generation of the spec that this status is about.' }),
  conditions,
  revision: z.string().optional().meta({ description: 'The revision made of the present spec.' }),
  traffic: z
    .array(
      z.strictObject({
        revision: z.string().meta({ description: 'Name of the revision.' }),
        percent: z.int().min(0).max(100).meta({ description: 'Its share of new calls.' }),
      }),
    )
    .max(32)
    .optional()
    .meta({
      description: 'Where new calls go.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['revision'],
    }),
  calls: z.int().min(0).optional().meta({ description: 'Calls now, over all revisions.' }),
  pods: z.int().min(0).optional().meta({ description: 'Pods now, over all revisions.' }),
  columns: z
    .strictObject({
      traffic: z.string().max(256).optional().meta({ description: 'Such as `reception-7 95%, reception-8 5%`.' }),
      calls: z.string().max(64).optional().meta({ description: 'Calls and slots, such as `12/100`.' }),
      pods: z.string().max(64).optional().meta({ description: 'Pods ready and wanted, such as `2/2`.' }),
    })
    .optional()
    .meta({ description: 'What `kubectl get` prints. For people, not for programs.' }),
})

export const voiceAgent = ruled(
  z
    .strictObject({
      apiVersion: z.literal(API_VERSION),
      kind: z.literal('VoiceAgent'),
      metadata,
      spec: voiceAgentSpec.meta({ ...voiceAgentSpec.meta(), description: 'What the agent is.' }),
      status: voiceAgentStatus.optional().meta({ description: 'What the operator has seen. Written by it alone.' }),
    })
    .meta({ description: 'An agent that answers the phone.' }),
  {
    cel: "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$')",
    message:
      'the name must be lower-case letters, digits and -, at most 40: names of revisions and pods are made of it',
    at: 'metadata.name',
    holds: self => /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(self.metadata.name),
  },
)

/** A VoiceAgent with defaults applied. */
export type VoiceAgent = z.output<typeof voiceAgent>
/** A VoiceAgent as it is written. */
export type VoiceAgentInput = z.input<typeof voiceAgent>
/** A prompt of an agent. */
export type Prompt = z.output<ReturnType<typeof promptOf>>
/** A disclosure of an agent. */
export type Disclosure = z.output<typeof disclosure>
