/** Arguments against their JSON Schema: compiled once per declaration, explained to a model. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { toolArguments, toolSchema } from './errors.ts'

/** Longest arguments taken, in characters of JSON; more is a model that has lost its way. */
const MAX_ARGUMENTS = 32_768
/** A model corrects a few faults at once; a long list helps nobody. */
const MAX_FAULTS = 4

const compiled = new WeakMap<object, ValidateFunction>()

/**
 * Checks a tool's arguments. They may come parsed or as the JSON text that the model wrote.
 * @returns the arguments as an object
 * @throws SB_TOOL_ARGUMENTS naming the fields, SB_TOOL_SCHEMA when the declaration itself is of no use
 */
export function checkArguments(parameters: Readonly<Record<string, unknown>>, args: unknown): Record<string, unknown> {
  const value = typeof args === 'string' ? parse(args) : args
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw toolArguments('they must be an object')
  const validate = validatorOf(parameters)
  if (!validate(value)) throw toolArguments(explain(validate.errors ?? []))
  return value as Record<string, unknown>
}

function parse(text: string): unknown {
  if (text.length > MAX_ARGUMENTS) throw toolArguments(`they must be shorter than ${MAX_ARGUMENTS} characters`)
  if (text.trim() === '') return {} // a call without arguments
  try {
    return JSON.parse(text)
  } catch {
    throw toolArguments('they must be valid JSON')
  }
}

function validatorOf(parameters: Readonly<Record<string, unknown>>): ValidateFunction {
  const known = compiled.get(parameters)
  if (known !== undefined) return known
  // An instance per schema: `$id`s of different tools cannot meet, and nothing outlives its revision.
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateSchema: false,
    logger: false,
    addUsedSchema: false,
  })
  addFormats.default(ajv)
  const { $schema: _dialect, ...schema } = parameters
  let validate: ValidateFunction
  try {
    validate = ajv.compile(schema)
  } catch (cause) {
    throw toolSchema({ cause })
  }
  compiled.set(parameters, validate)
  return validate
}

/** `day: must match format "date"; time: is missing`. */
function explain(errors: readonly ErrorObject[]): string {
  const faults = [...new Set(errors.map(faultOf))]
  const more = faults.length - MAX_FAULTS
  return faults.slice(0, MAX_FAULTS).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function faultOf({ instancePath, keyword, params, message }: ErrorObject): string {
  const at = instancePath.slice(1).split('/').filter(Boolean).map(unescape)
  const p = params as {
    missingProperty?: string
    additionalProperty?: string
    allowedValues?: unknown[]
    allowedValue?: unknown
  }
  if (keyword === 'required') return `${[...at, p.missingProperty ?? '?'].join('.')}: is missing`
  if (keyword === 'additionalProperties')
    return `${[...at, p.additionalProperty ?? '?'].join('.')}: is not a known field`
  const field = at.length > 0 ? at.join('.') : 'arguments'
  if (keyword === 'enum')
    return `${field}: must be one of ${(p.allowedValues ?? []).map(v => JSON.stringify(v)).join(', ')}`
  if (keyword === 'const') return `${field}: must be ${JSON.stringify(p.allowedValue)}`
  return `${field}: ${message ?? 'is wrong'}`
}

/** JSON Pointer escapes (RFC 6901 §4). */
function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
