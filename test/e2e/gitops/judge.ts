/** What became of an object while others wrote it, by the events of a watch. Pure. */

export interface Seen {
  readonly metadata: {
    readonly namespace?: string
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation?: number
    readonly managedFields?: readonly ManagedField[]
    readonly [key: string]: unknown
  }
  readonly status?: unknown
  readonly [key: string]: unknown
}

interface ManagedField {
  readonly manager?: string
  readonly operation?: string
  readonly subresource?: string
  readonly time?: string
  readonly fieldsV1?: unknown
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
}

export interface History {
  readonly name: string
  /** Writes that were seen. */
  readonly writes: number
  /** Fields of status that changed, dotted. */
  readonly changed: ReadonlySet<string>
  /** Of them, those in which kubectl's note came or went. */
  readonly notes: number
  /** Sentences; none: nobody fought. */
  readonly faults: readonly string[]
}

/**
 * What kubectl notes for itself on whatever it applies client-side, and takes off again when it applies server-side: of these two tools one always
 * does what the other undoes, on every object of every kind. It is not ours, and nobody reads it but kubectl.
 */
const NOTE = 'kubectl.kubernetes.io/last-applied-configuration'

/** Counters, and what they are shown in: all that may change while nobody changes anything. */
const COUNTERS = /^(calls|columns[.]calls|revisions[.].*calls|drain[.].*|longest.*|.*[.]calls|claims|slots)$/

/** @param seen one object in its states, oldest first */
export function historyOf(seen: readonly Seen[]): History {
  const [first] = seen
  const faults: string[] = []
  const changed = new Set<string>()
  let notes = 0
  for (const [i, now] of seen.entries()) {
    const before = seen[i - 1]
    if (before === undefined) continue
    if (now.metadata.uid !== before.metadata.uid) faults.push('it was deleted and made anew')
    if (hasNote(before) !== hasNote(now)) notes += 1
    const [a, b] = [before.metadata.generation, now.metadata.generation]
    if (a !== b) faults.push(`its generation went from ${a} to ${b}`)
    const owners = ownersThatDiffer(before, now)
    if (owners.length > 0) faults.push(`fields changed hands: ${owners.join(', ')}`)
    if (stable(withoutStatus(before)) !== stable(withoutStatus(now)))
      faults.push('something but its status was written')
    for (const path of differences(before.status, now.status)) {
      changed.add(path)
      if (!COUNTERS.test(path)) faults.push(`status.${path} changed`)
    }
  }
  for (const fault of pingPong(seen)) faults.push(fault)
  return {
    name: first?.metadata.name ?? '',
    writes: Math.max(0, seen.length - 1),
    changed,
    notes,
    faults: [...new Set(faults)],
  }
}

const hasNote = ({ metadata }: Seen): boolean => NOTE in ((metadata['annotations'] ?? {}) as object)

/** Managers of fields whose share is another. When they last wrote does not count. */
function ownersThatDiffer(before: Seen, now: Seen): string[] {
  const shares = ({ metadata }: Seen) =>
    new Map(
      (metadata.managedFields ?? [])
        .filter(({ subresource = '' }) => subresource !== 'status')
        .map(field => [`${field.manager}/${field.operation}`, stable(withoutNote(field.fieldsV1))] as const)
        .filter(([key, share]) => !(key === 'kubectl-client-side-apply/Update' && share === '{}')),
    )
  const [a, b] = [shares(before), shares(now)]
  return [...new Set([...a.keys(), ...b.keys()])].filter(key => a.get(key) !== b.get(key)).toSorted()
}

/** A condition that comes back to what it was. */
function pingPong(seen: readonly Seen[]): string[] {
  const states = new Map<string, string[]>()
  for (const { status } of seen)
    for (const { type, status: is, reason } of (status as { conditions?: readonly Condition[] } | undefined)
      ?.conditions ?? []) {
      const past = states.get(type) ?? []
      states.set(type, past)
      if (past.at(-1) !== `${is} ${reason}`) past.push(`${is} ${reason}`)
    }
  return [...states]
    .filter(([, past]) => new Set(past).size < past.length)
    .map(([type, past]) => `${type} goes back and forth: ${past.join(', ')}`)
}

function withoutStatus({ status: _, metadata, ...rest }: Seen): object {
  const { resourceVersion: _version, managedFields: _fields, annotations = {}, ...kept } = metadata
  return { ...rest, metadata: { ...kept, annotations: without(annotations as object, [NOTE]) } }
}

/** The share of a manager, without what it has for the note. */
function withoutNote(fields: unknown): unknown {
  const { 'f:metadata': metadata, ...rest } = (fields ?? {}) as { 'f:metadata'?: { 'f:annotations'?: object } }
  const { 'f:annotations': annotations = {}, ...others } = metadata ?? {}
  const left = without(annotations, [`f:${NOTE}`])
  const marked = Object.keys(left).some(key => key !== '.') ? { 'f:annotations': left } : {}
  const all = { ...others, ...marked }
  return Object.keys(all).length === 0 ? rest : { ...rest, 'f:metadata': all }
}

const without = (value: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))

/** Paths at which two values differ; `0` and the like for places in lists. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (stable(a) === stable(b)) return []
  if (!isObject(a) || !isObject(b)) return [path]
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].flatMap(key => differences(a[key], b[key], path === '' ? key : `${path}.${key}`))
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The same text for the same value, in whatever order its fields are. */
function stable(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      isObject(inner) && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  )
}
