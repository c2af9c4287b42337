/** What to write in place of a value of the wrong type, or out of bounds: derived from the schema of its field. */
import { z } from 'zod'
import { valueText } from './problem.ts'
import { bare, isDuration, members, metaOf } from './walk-schema.ts'

const ANYTHING = '…'
/** Members that a form shows; an object with more says the rest itself once these are there. */
const MOST_MEMBERS = 3

/**
 * The right form of a value, as YAML in one line; null: nothing better is known than the type.
 *
 * @param given what was written: it is put where it fits, `hold: 10m` into `hold: { max: 10m }`
 */
export function rightForm(schema: z.core.$ZodType, given: unknown): string | null {
  const inner = bare(schema)
  if (inner instanceof z.ZodArray) return listForm(inner, given)
  if (inner instanceof z.ZodObject) return objectForm(inner, given)
  if (inner instanceof z.ZodRecord) return '{ NAME: … }'
  if (inner instanceof z.ZodBoolean) return 'true or false'
  return null
}

function listForm(schema: z.ZodArray, given: unknown): string {
  const { element } = schema.def
  if (fits(element, given)) return `[${shown(given)}]`
  return `[${sample(element)}]`
}

function objectForm(schema: z.ZodObject, given: unknown): string {
  const holder = Object.entries(schema.shape).filter(([, member]) => isPlain(given) && fits(member, given))
  const [only] = holder
  if (typeof given === 'string' && given in schema.shape) return `{ ${given}: ${shallow(schema.shape[given])} }`
  if (only !== undefined && holder.length === 1) {
    const alone = `{ ${only[0]}: ${shown(given)} }`
    if (fits(schema, { [only[0]]: given })) return alone
  }
  return sample(schema)
}

/** Some value of a schema, as YAML: members that must be there, and no more. */
function sample(schema: z.core.$ZodType): string {
  const inner = bare(schema)
  const [first] = (metaOf(schema, 'examples') as unknown[] | undefined) ?? []
  if (first !== undefined) return valueText(first)
  const shape = members(inner)
  if (shape !== null) return membersForm(inner, shape)
  if (inner instanceof z.ZodArray) return `[${ANYTHING}]`
  if (inner instanceof z.ZodRecord) return `{ NAME: ${ANYTHING} }`
  if (inner instanceof z.ZodEnum) return String(inner.options[0])
  return ANYTHING
}

function membersForm(schema: z.core.$ZodType, shape: Readonly<Record<string, z.core.$ZodType>>): string {
  const required = Object.keys(shape).filter(key => !fits(shape[key], undefined))
  if (required.length > 0) {
    const shownOnes = required.slice(0, MOST_MEMBERS).map(key => `${key}: ${shallow(shape[key])}`)
    return `{ ${shownOnes.join(', ')}${required.length > MOST_MEMBERS ? ', …' : ''} }`
  }
  if (fits(schema, {})) return '{}'
  // a rule wants one of them
  const [first] = Object.entries(shape)
  return first === undefined ? '{}' : `{ ${first[0]}: ${shallow(first[1])} }`
}

function shallow(schema: z.core.$ZodType | undefined): string {
  if (schema === undefined) return ANYTHING
  const inner = bare(schema)
  if (inner instanceof z.ZodEnum) return String(inner.options[0])
  if (inner instanceof z.ZodArray) return `[${ANYTHING}]`
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return fits(schema, {}) ? '{}' : `{ ${ANYTHING} }`
  return ANYTHING
}

/** Within which bounds a value must be, in words; null: it has none. */
export function boundsOf(schema: z.core.$ZodType): string | null {
  const inner = bare(schema)
  if (isDuration(inner)) return null
  const [from, to] = edgesOf(inner)
  if (from === null && to === null) return null
  const range =
    from === null ? `at most ${to}` : to === null ? `at least ${from}` : from === to ? `${to}` : `${from} to ${to}`
  if (inner instanceof z.ZodString) return `${range} characters`
  if (inner instanceof z.ZodArray) return `${range} entries`
  return `${from !== null && to !== null ? 'from ' : ''}${range}`
}

/** Edges by the checks of a schema: of a number, or of a length. */
function edgesOf(schema: z.core.$ZodType): [from: number | null, to: number | null] {
  let [from, to]: [number | null, number | null] = [null, null]
  for (const { _zod } of schema._zod.def.checks ?? []) {
    const { check, value, minimum, maximum } = _zod.def as {
      check: string
      value?: number
      minimum?: number
      maximum?: number
    }
    if (check === 'greater_than') from = value ?? null
    if (check === 'less_than') to = value ?? null
    if (check === 'min_length') from = minimum ?? null
    if (check === 'max_length') to = maximum ?? null
  }
  return [from, to]
}

function fits(schema: z.core.$ZodType | undefined, value: unknown): boolean {
  return schema !== undefined && z.safeParse(schema, value).success
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return Array.isArray(value) || entries.length > MOST_MEMBERS
      ? ANYTHING
      : `{ ${entries.map(([key, member]) => `${key}: ${shown(member)}`).join(', ')} }`
  }
  if (typeof value !== 'string') return valueText(value)
  return /^[A-Za-z0-9][\w./-]*$/.test(value) && !/^[0-9.]+$/.test(value) ? value : JSON.stringify(value)
}
