/** A hash of what is applied, the same for the same content in any order of keys. */
import { hash } from 'node:crypto'

/** Says which object is meant, not what it shall be. */
const IDENTITY = ['name', 'namespace', 'uid', 'resourceVersion'] as const
const HASH_LENGTH = 32

/** What is applied is made once and not changed, and asked about at every turn. */
const known = new WeakMap<object, string>()

/** Hash of the content of an object that is applied; the object must not be changed afterwards. */
export function hashApplied(object: object): string {
  const before = known.get(object)
  if (before !== undefined) return before
  const made = contentHash(object)
  known.set(object, made)
  return made
}

function contentHash(object: object): string {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object as Record<string, unknown>
  const meta = { ...(metadata as Record<string, unknown> | undefined) }
  for (const name of IDENTITY) delete meta[name]
  return hashOf(Object.keys(meta).length === 0 ? rest : { metadata: meta, ...rest })
}

/** SHA-256 of the canonical JSON, in part. */
export function hashOf(value: unknown): string {
  return hash('sha256', canonical(value), 'hex').slice(0, HASH_LENGTH)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonical(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
}
