/** Puts a value where a rule stands, in an object that is sound everywhere else. */
import type { Kind, Schema } from './crds.ts'
import { ALONG, EXCLUSIVE, FULL, INSTEAD } from './full.ts'
import type { Json, KubeObject } from './server.ts'

/** `spec.tools[].http.url`, a member or list entry each. `{}`: any entry of a map. */
export type SchemaPath = readonly string[]

/** Every schema of a kind, by its path. */
export function* schemas(schema: Schema, path: SchemaPath = []): Generator<readonly [SchemaPath, Schema]> {
  yield [path, schema]
  for (const [key, member] of Object.entries(schema.properties ?? {})) yield* schemas(member, [...path, key])
  if (schema.items) yield* schemas(schema.items, [...path, '[]'])
  if (typeof schema.additionalProperties === 'object') yield* schemas(schema.additionalProperties, [...path, '{}'])
}

const ANY_KEY = 'any'

/** Members of the full object share what they hold, and a structured clone would too: hence JSON. */
/** The full object of a kind with `value` at `path`. */
export function place(kind: Kind, path: SchemaPath, value: unknown): KubeObject {
  const object = JSON.parse(JSON.stringify(FULL[kind])) as KubeObject
  const last = path.at(-1)
  if (last === undefined) return { ...object, ...(value as KubeObject) }
  let at: Json = object
  for (const step of path.slice(0, -1)) at = step === '[]' ? first(at) : member(at, step)
  if (last === '[]') (at as unknown as unknown[])[0] = value
  else {
    makeRoom(at, last)
    at[last === '{}' ? ANY_KEY : last] = last === 'spec' ? withinSpec(at[last] as Json, value as Json) : value
  }
  return object
}

function first(list: Json): Json {
  return (list as unknown as Json[])[0] ?? {}
}

function member(at: Json, key: string): Json {
  if (at[key] === undefined) {
    makeRoom(at, key)
    if (INSTEAD[key] === undefined) throw new Error(`the full object has no ${key}`)
    at[key] = structuredClone(INSTEAD[key])
  }
  return at[key] as Json
}

function makeRoom(at: Json, key: string): void {
  for (const other of EXCLUSIVE.find(group => group.includes(key)) ?? []) if (other !== key) delete at[other]
  for (const [other, value] of Object.entries(ALONG[key] ?? {})) {
    if (value === null) delete at[other]
    else at[other] = value
  }
}

/** A rule on the whole spec is about a few of its members: the others stay. */
function withinSpec(spec: Json, value: Json): Json {
  const { instructions: _, ...others } = spec
  return { ...others, ...value }
}

/** As the API server names it: list entries by index, entries of maps by key. */
export function fieldOf(path: SchemaPath): string {
  return path.join('.').replaceAll('.[]', '[0]').replaceAll('.{}', `[${ANY_KEY}]`)
}
