/** Looks into a zod schema: what is below its optionals and defaults, and what a value means once they are left out. */
import { z } from 'zod'
import { canonicalJson } from './canonical.ts'
import { DURATION, formatDuration, parseDuration } from './duration.ts'

/** The schema below its optionals, defaults and pipes. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.def.innerType
    else if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) inner = inner.def.innerType
    else if (inner instanceof z.ZodPipe) inner = inner.def.out
    else return inner
  }
}

/** Members of an object schema; null for anything else. */
export function members(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | null {
  const inner = bare(schema)
  return inner instanceof z.ZodObject ? inner.shape : null
}

/** What a member is when it is left out: undefined when it has no default. */
function defaultOf(schema: z.core.$ZodType): unknown {
  if (!(schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)) return undefined
  return z.parse(schema, undefined)
}

/** Whether a text is a duration by its schema. */
export function isDuration(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(bare(schema))?.title === DURATION
}

/**
 * A value cut down to what it says: members equal to their default are left out, durations have one spelling. Two values that mean the same
 * come out the same, today and after a version that adds members with defaults.
 */
export function essence(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = bare(schema)
  if (typeof value === 'string' && isDuration(inner)) return formatDuration(parseDuration(value) ?? 0)
  if (inner instanceof z.ZodArray && Array.isArray(value)) return value.map(v => essence(inner.def.element, v))
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value
  const out: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    const shape = inner.shape[key] as z.core.$ZodType | undefined
    if (member === undefined) continue
    const said = shape ? essence(shape, member) : member
    const unsaid = shape ? defaultOf(shape) : undefined
    if (shape && unsaid !== undefined && canonicalJson(essence(shape, unsaid)) === canonicalJson(said)) continue
    out[key] = said
  }
  return out
}
