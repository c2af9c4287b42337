/** What every Kubernetes object has. */
import { z } from 'zod'

/** The group and version of Switchboard's API. */
export const GROUP = 'switchboard.dev'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}`

/** Raised by one in every release that adds to the API. The CRDs carry it, and a cluster refuses those of a lower level. */
export const API_LEVEL = 2

const stringMap = z.record(z.string(), z.string())

/** Object metadata as a manifest or the API server may carry it. The CRD leaves all of it to Kubernetes. */
export const metadata = z.strictObject({
  name: z.string().min(1).max(253),
  namespace: z.string().min(1).max(63).default('default'),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  finalizers: z.array(z.string()).optional(),
  ownerReferences: z.array(z.looseObject({ kind: z.string(), name: z.string(), uid: z.string() })).optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().nullable().optional(),
  deletionTimestamp: z.string().optional(),
  deletionGracePeriodSeconds: z.int().optional(),
  generateName: z.string().optional(),
  selfLink: z.string().optional(),
  managedFields: z.array(z.unknown()).optional(),
})

/** A Kubernetes condition (kstatus), as `metav1.Condition`. */
export const condition = z.strictObject({
  type: z.string().max(316).meta({ description: 'What is said of the object.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
  observedGeneration: z.int().min(0).optional().meta({ description: 'The generation it was said of.' }),
  lastTransitionTime: z.string().meta({ format: 'date-time', description: 'When `status` last changed.' }),
  reason: z.string().min(1).max(1024).meta({ description: 'Why, as one word.' }),
  message: z.string().max(32_768).meta({ description: 'Why, as a sentence.' }),
})

export const conditions = z
  .array(condition)
  .max(32)
  .optional()
  .meta({
    description: 'Conditions by type.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  })

/** `namespace/name`, the way objects are named in messages and keys. */
export function keyOf(object: { metadata: { namespace: string; name: string } }): string {
  return `${object.metadata.namespace}/${object.metadata.name}`
}
