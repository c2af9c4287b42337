/** `PUT /v1/revisions/{name}`: what a blank worker needs in order to answer as one revision of an agent. */
import { z } from 'zod'
import type { Behaviour } from '#crds/behaviour.ts'

/** A number of the agent, as crds matches it: one number, or a range of them. */
const numberMatchSchema = z.looseObject({ number: z.string().optional(), range: z.string().optional() })

export const trunkSchema = z.object({
  name: z.string(),
  /** Who may send us calls: signalling ranges in CIDR. Everyone else gets no answer. */
  peers: z.array(z.string()),
  /** Where their media may come from; absent: the same as `peers`. */
  mediaRanges: z.array(z.string()).optional(),
  codecs: z.array(z.enum(['PCMU', 'PCMA'])).min(1),
})
export type Trunk = z.infer<typeof trunkSchema>

export const revisionRequestSchema = z.object({
  v: z.literal(1),
  /** `namespace/name`. */
  agent: z.string(),
  /** The snapshot's content, defaults applied. Unknown fields pass: a newer operator may send more than this worker reads. */
  content: z.custom<Behaviour>(
    value => typeof value === 'object' && value !== null && 'model' in value,
    'must be a behaviour with a model',
  ),
  numbers: z.array(numberMatchSchema).min(1),
  trunk: trunkSchema,
  /** Clips by id, base64 of the file: a worker reads no ConfigMap. */
  clips: z.record(z.string(), z.string()).default({}),
})
export type RevisionRequest = z.input<typeof revisionRequestSchema>
export type AcceptedRevision = z.output<typeof revisionRequestSchema>
