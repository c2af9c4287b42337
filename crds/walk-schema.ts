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

/** The schema of a field; null where anything may be, or nothing is known. */
export function schemaAt(root: z.core.$ZodType, path: readonly (string | number)[]): z.core.$ZodType | null {
  let at: z.core.$ZodType = root
  for (const part of path) {
    const inner = bare(at)
    let next: z.core.$ZodType | undefined
    if (inner instanceof z.ZodObject) next = inner.shape[part] as z.core.$ZodType | undefined
    else if (inner instanceof z.ZodArray) next = inner.def.element
    else if (inner instanceof z.ZodRecord) next = inner.def.valueType
    if (!next) return null
    at = next
  }
  return at
}

/** Meta of a schema, from the outside in: the first that says something of `key`. */
export function metaOf(schema: z.core.$ZodType, key: string): unknown {
  let at: z.core.$ZodType = schema
  for (;;) {
    const said = z.globalRegistry.get(at)?.[key]
    if (said !== undefined) return said
    if (
      at instanceof z.ZodOptional ||
      at instanceof z.ZodDefault ||
      at instanceof z.ZodPrefault ||
      at instanceof z.ZodNullable
    )
      at = at.def.innerType
    else if (at instanceof z.ZodPipe) at = at.def.out
    else return undefined
  }
}

/** All paths of members, without list indices, of an object schema. */
export function* memberPaths(schema: z.core.$ZodType, above: readonly string[] = []): Generator<readonly string[]> {
  const inner = bare(schema)
  if (inner instanceof z.ZodArray) yield* memberPaths(inner.def.element, above)
  if (!(inner instanceof z.ZodObject)) return
  for (const [key, member] of Object.entries(inner.shape)) {
    const path = [...above, key]
    yield path
    yield* memberPaths(member, path)
  }
}
