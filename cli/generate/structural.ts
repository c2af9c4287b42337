/**
 * From a zod schema to the structural OpenAPI v3 schema of a CRD. What zod writes is refused by the API server as it stands; the differences
 * are listed at https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema.
 */
import { z } from 'zod'
import { DURATION } from '#crds/duration.ts'
import { badDuration, badFormat, outOfBounds } from '#crds/errors.ts'
import { VALIDATIONS } from '#crds/rule.ts'
import { UNFILLED } from '#crds/unfilled.ts'

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
      const form = formOf(zodSchema)
      if (jsonSchema.pattern !== undefined && form !== undefined) jsonSchema[PATTERN_MESSAGE] = form
      // Values of several types: the list of them says it all.
      if (jsonSchema.enum?.some(value => typeof value !== jsonSchema.type)) delete jsonSchema.type
    },
  }) as JsonSchema
}

/** Editors know this key (vscode-json-languageservice). */
const PATTERN_MESSAGE = 'patternErrorMessage'

/** What `validate` says of a text that does not have the form it should: `.regex(…, 'letters, digits, _ and -')`. */
function formOf(schema: z.core.$ZodType): string | undefined {
  if (!(schema instanceof z.ZodString)) return undefined
  for (const check of schema.def.checks ?? []) {
    const { pattern, error } = check._zod.def as unknown as { pattern?: RegExp; error?: (issue: object) => unknown }
    const said = pattern && error?.({ code: 'invalid_format', input: '' })
    if (typeof said === 'string') return badFormat(said).message
  }
  return undefined
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
const UNKNOWN_TO_KUBERNETES = new Set([
  '$schema',
  '$id',
  'title',
  'examples',
  'propertyNames',
  'additionalProperties',
  UNFILLED,
])
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
  if (typeof node['pattern'] === 'string' && node[PATTERN_MESSAGE] !== undefined) {
    out[VALIDATIONS] = [formRule(node['pattern'], node), ...((node[VALIDATIONS] ?? []) as object[])]
    delete out['pattern']
    delete out[PATTERN_MESSAGE]
  }
  if (out.type === 'number') boundByRules(out)
  if (node.properties)
    out.properties = mapValues(node.properties, member => strip(isOurs(member) ? withoutDefaults(member) : member))
  if (node.items) out.items = strip(withoutDefaults(node.items))
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

function isOurs(member: JsonSchema): boolean {
  return member[UNFILLED] === true || mayBeEmpty(member)
}

/** Written as `{}`, it says something by being there. */
function mayBeEmpty(member: JsonSchema): boolean {
  const free = (member.required ?? []).length === 0 && member[VALIDATIONS] === undefined
  return member.type === 'object' && member.default === undefined && free
}

/**
 * What the API server must not fill in, so that we do when we read it.
 *
 * Entries of lists: `kubectl apply` replaces lists whole, and tools that compare what is in Git with what is there would see a change for ever.
 *
 * Objects that may be empty: whoever applied `endCall: {}` from the client owns the default in it too; on moving to server-side apply, which
 * does not name it, nothing would be left of the object but a null, and every later apply would fail on that.
 *
 * What was added later: see {@link UNFILLED}.
 */
function withoutDefaults(node: JsonSchema): JsonSchema {
  const { default: preset, ...out } = node
  if (preset !== undefined && typeof preset !== 'object')
    out.description = `${out.description ?? ''} Default: ${JSON.stringify(preset)}.`.trim()
  if (node.properties) out.properties = mapValues(node.properties, withoutDefaults)
  if (node.items) out.items = withoutDefaults(node.items)
  return out
}

/** A pattern of the schema is shown to people as the regular expression that it is: a rule says what to write. */
function formRule(pattern: string, node: JsonSchema): object {
  const rule = `self.matches(${JSON.stringify(pattern)})`
  if (node['title'] !== DURATION) return { rule, message: node[PATTERN_MESSAGE] }
  const [before] = badDuration.message.split('%s')
  return {
    rule,
    message: badDuration.help,
    messageExpression: `${JSON.stringify(before)} + self + ${JSON.stringify(`. ${badDuration.help}`)}`,
  }
}

/** The API server cuts the fraction off a bound when it speaks of it: "should be less than or equal to 1" for 1.5. */
function boundByRules(node: JsonSchema): void {
  const bounds = [
    { key: 'minimum', operator: '>=', words: 'at least' },
    { key: 'maximum', operator: '<=', words: 'at most' },
  ]
  const rules = bounds.flatMap(({ key, operator, words }) => {
    const bound = node[key]
    if (typeof bound !== 'number') return []
    delete node[key]
    const text = Number.isInteger(bound) ? bound.toFixed(1) : String(bound)
    return [{ rule: `self ${operator} ${text}`, message: outOfBounds(`${words} ${bound}`).message }]
  })
  if (rules.length > 0) node[VALIDATIONS] = [...rules, ...((node[VALIDATIONS] ?? []) as object[])]
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))
}
