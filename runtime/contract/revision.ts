/** `PUT /v1/revisions/{name}`: what a blank worker needs in order to answer as one revision of an agent. */
import { z } from 'zod'
import { type Behaviour, finalAction } from '#crds/behaviour.ts'
import { outboundSchema } from './outbound.ts'
import { trunkSchema } from './trunk.ts'

/** A number of the agent, as crds matches it: one number, or a range of them. */
const numberFormSchema = z.object({
  number: z.string().optional(),
  range: z.string().optional(),
  user: z.string().optional(),
  /** What its way in gives other values to. */
  variables: z.record(z.string(), z.string()).optional(),
})

/** Numbers that calls come in for over one trunk. */
const routeSchema = z.object({ trunk: trunkSchema, numbers: z.array(numberFormSchema).min(1) })

export const revisionRequestSchema = z.object({
  v: z.literal(1),
  /** Chosen by who asks, echoed on the load stream: whoever compares it knows whether numbers and trunk are those it wants. */
  id: z.string().min(1).max(200).optional(),
  /** `namespace/name`. */
  agent: z.string(),
  /** The snapshot's content, defaults applied. Unknown fields pass: a newer operator may send more than this worker reads. */
  content: z.custom<Behaviour>(
    value => typeof value === 'object' && value !== null && 'model' in value,
    'must be a behaviour with a model',
  ),
  /** By trunk, what it answers. Who may never be called is given no revision. */
  routes: z.array(routeSchema).min(1).max(64),
  /** The ways out to its destinations, by trunk. One that is not here is not dialled. */
  outbound: z.array(outboundSchema).max(64).default([]),
  /** Clips by id, audio as base64: a worker reads no ConfigMap. */
  clips: z
    .record(
      z.string(),
      z.object({
        encoding: z.enum(['pcmu', 'pcma', 'pcm16']),
        rateHz: z.union([z.literal(8000), z.literal(16_000), z.literal(24_000)]),
        audio: z.base64(),
      }),
    )
    .default({}),
  /** What holds when the pod is told to stop and nobody says more: not part of a revision's behaviour, and it may change without one. */
  drain: z.object({ deadlineMs: z.number().nonnegative(), end: finalAction }).optional(),
})
export type RevisionRequest = z.input<typeof revisionRequestSchema>
export type AcceptedRevision = z.output<typeof revisionRequestSchema>
