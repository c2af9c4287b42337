/** VoiceAgentRevision: an immutable snapshot of how an agent behaves. Written by the operator only. */
import { z } from 'zod'
import { API_VERSION, conditions, metadata } from './object.ts'
import { dnsLabel } from './reference.ts'
import { VALIDATIONS } from './rule.ts'

const snapshot = z
  .strictObject({
    schemaVersion: z.int().min(1).meta({ description: 'Version of the shape of `content`.' }),
    hash: z
      .string()
      .max(64)
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 digest in lower-case hex')
      .meta({ description: 'Digest of the behaviour: the same behaviour has the same hash.' }),
    content: z.looseObject({}).meta({
      description:
        'The behaviour itself, complete. No schema prunes it, so that an older Switchboard keeps what a newer one wrote.',
    }),
    clips: z.looseObject({}).optional().meta({
      description: 'Recordings by the digest that `content` names them with: encoding, rate and audio as base64.',
    }),
  })
  // A transition: it has no meaning in a single manifest, so there is nothing for `validate` to check.
  .meta({
    // One owner for all of it: else the API server keeps, compares and writes out who owns each member, at every change of a status.
    'x-kubernetes-map-type': 'atomic',
    [VALIDATIONS]: [
      { rule: 'self == oldSelf', message: 'a snapshot never changes: a new behaviour is a new revision' },
    ],
  })

export const voiceAgentRevisionSpec = z.strictObject({
  agentRef: z
    .strictObject({ name: dnsLabel.meta({ description: 'Name of the VoiceAgent.' }) })
    .meta({ description: 'The agent it is a snapshot of.' }),
  replicas: z.int().min(0).default(0).meta({
    description: 'Pods that exist or are about to, surge and draining ones included. Never the wanted number.',
  }),
  snapshot: snapshot.meta({ ...snapshot.meta(), description: 'How the agent behaves.' }),
})

export const voiceAgentRevisionStatus = z.strictObject({
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The generation of the spec that this status is about.' }),
  conditions,
  phase: z
    .enum(['Starting', 'Serving', 'Warm', 'Draining', 'Retired'])
    .optional()
    .meta({ description: 'Where it is in its life.' }),
  replicas: z.int().min(0).optional().meta({ description: 'Pods now.' }),
  wanted: z.int().min(0).optional().meta({ description: 'Pods wanted.' }),
  selector: z.string().max(1024).optional().meta({ description: 'Label selector of its pods.' }),
  ready: z.int().min(0).optional().meta({ description: 'Pods that take calls now.' }),
  calls: z.int().min(0).optional().meta({ description: 'Calls now.' }),
  unknown: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Pods that do not say what they carry. They count as busy, never as free.' }),
  drain: z
    .strictObject({
      pods: z.int().min(0).meta({ description: 'Pods that take no new call and wait for their last.' }),
      calls: z.int().min(0).meta({ description: 'Calls that are left on them.' }),
      oldestCall: z.string().optional().meta({ format: 'date-time', description: 'When the longest of them began.' }),
      forcedAt: z
        .string()
        .optional()
        .meta({ format: 'date-time', description: 'When those that are left end as the agent declares.' }),
    })
    .optional()
    .meta({ description: 'How its pods are emptied. Absent: none is.' }),
})

export const voiceAgentRevision = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('VoiceAgentRevision'),
    metadata,
    spec: voiceAgentRevisionSpec.meta({ description: 'The snapshot, and how many pods there are of it.' }),
    status: voiceAgentRevisionStatus.optional().meta({ description: 'What the operator has seen.' }),
  })
  .meta({ description: 'An immutable snapshot of how an agent behaves. Written by the operator alone.' })

export type VoiceAgentRevision = z.output<typeof voiceAgentRevision>
