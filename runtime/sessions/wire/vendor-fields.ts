/** Reading and merging the vendor member of a revision: JSON that was checked at apply, typed loosely because `extra` is verbatim. */

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectIn(from: Readonly<Json>, key: string): Json {
  const value = from[key]
  return isObject(value) ? value : {}
}

export function stringIn(from: Readonly<Json>, key: string): string | undefined {
  const value = from[key]
  return typeof value === 'string' ? value : undefined
}

export function numberIn(from: Readonly<Json>, key: string): number | undefined {
  const value = from[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A new object: `over` wins, objects are merged to any depth, arrays and scalars replaced. Undefined members are left out. */
export function merge(under: Readonly<Json>, over: Readonly<Json>): Json {
  const result: Json = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = result[key]
    result[key] = isObject(value) && isObject(below) ? merge(below, value) : value
  }
  return result
}
