/**
 * From a zod schema to the structural OpenAPI v3 schema of a CRD. What zod writes is refused by the API server as it stands; the differences
 * are listed at https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema.
 */
import { z } from 'zod'

/** A JSON Schema node. */
export interface JsonSchema {
  type?: string
  description?: string
  default?: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  additionalProperties?: JsonSchema | boolean
  enum?: unknown[]
  [key: string]: unknown
}

/** What zod says of a schema as it is written (before defaults), with our meta in it. */
export function rawSchema(schema: z.core.$ZodType, target: 'openapi-3.0' | 'draft-07' = 'openapi-3.0'): JsonSchema {
  return z.toJSONSchema(schema, {
    target,
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Zod leaves out the default of a schema that transforms.
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue
      // Values of several types: the list of them says it all.
      if (jsonSchema.enum?.some(value => typeof value !== jsonSchema.type)) delete jsonSchema.type
    },
  }) as JsonSchema
}

/** The structural schema of one kind. Metadata is Kubernetes' own. */
export function structural(schema: z.core.$ZodType): JsonSchema {
  const raw = rawSchema(schema)
  const { spec, status } = raw.properties ?? {}
  const root = strip({ ...raw, properties: {} })
  return {
    ...root,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Version of the schema of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      ...(spec && { spec: strip(spec) }),
      ...(status && { status: strip(status) }),
    },
  }
}

/** Keys that mean something to people and editors, not to the API server. */
const UNKNOWN_TO_KUBERNETES = new Set(['$schema', '$id', 'title', 'examples', 'propertyNames', 'additionalProperties'])
const PRESERVE = 'x-kubernetes-preserve-unknown-fields'

function strip(node: JsonSchema): JsonSchema {
  const out: JsonSchema = {}
  for (const [key, value] of Object.entries(node)) {
    if (UNKNOWN_TO_KUBERNETES.has(key)) continue
    // Zod bounds every integer by what a double can hold.
    if (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) continue
    if (key === 'minimum' && value === Number.MIN_SAFE_INTEGER) continue
    out[key] = value
  }
  if (out.type === 'integer') out['format'] = 'int64'
  if (node.properties) out.properties = mapValues(node.properties, strip)
  if (node.items) out.items = strip(node.items)
  const more = node.additionalProperties
  if (typeof more === 'object') {
    if (Object.keys(more).length > 0 && !node.properties) out.additionalProperties = strip(more)
    else out[PRESERVE] = true
  }
  for (const refused of ['anyOf', 'oneOf', 'allOf', 'not', 'const', '$ref']) {
    if (refused in out) throw new Error(`a schema of the API uses ${refused}: ${JSON.stringify(node).slice(0, 200)}`)
  }
  if (out.type === undefined && out[PRESERVE] !== true) {
    throw new Error(`a schema of the API has no type: ${JSON.stringify(node).slice(0, 200)}`)
  }
  return out
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))
}
