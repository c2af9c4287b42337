/**
 * The part of a live object that one manager owns, read from managedFields: what remains of what we applied, in the server's words.
 *
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { FieldSet, KubeObject } from '../object.ts'

/** @returns null when the manager applied nothing */
export function ownedFields(object: KubeObject, manager: string, subresource = ''): unknown {
  const entry = object.metadata.managedFields?.find(
    managed =>
      managed.manager === manager && managed.operation === 'Apply' && (managed.subresource ?? '') === subresource,
  )
  return entry?.fieldsV1 === undefined ? null : pick(object, entry.fieldsV1)
}

function pick(value: unknown, set: FieldSet): unknown {
  const inside = Object.entries(set).filter(([path]) => path !== '.')
  if (inside.length === 0) return value
  if (Array.isArray(value)) return inside.flatMap(([path, below]) => pickItem(value, path, below))
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  const out: Record<string, unknown> = {}
  for (const [path, below] of inside) {
    const name = path.slice('f:'.length)
    if (path.startsWith('f:') && fields[name] !== undefined) out[name] = pick(fields[name], below)
  }
  return out
}

function pickItem(items: readonly unknown[], path: string, below: FieldSet): unknown[] {
  const how = path.slice(0, 2)
  if (how === 'i:') {
    const item = items[Number(path.slice(2))]
    return item === undefined ? [] : [pick(item, below)]
  }
  const wanted = JSON.parse(path.slice(2)) as unknown
  if (how === 'v:') return items.includes(wanted) ? [wanted] : []
  const keys = Object.entries(wanted as Record<string, unknown>)
  const item = items.find(one => keys.every(([name, is]) => (one as Record<string, unknown> | null)?.[name] === is))
  if (item === undefined) return []
  // An item without anything below is owned whole, as owner references are; one with the dot alone is there for its key.
  const names = Object.keys(below)
  return [names.length > 0 && names.every(name => name === '.') ? wanted : pick(item, below)]
}
