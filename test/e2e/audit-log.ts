/** What was asked of the API server, as its own audit log has it. */
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CONTROL, FOLDER } from '#test/cluster/plan.ts'

/** One request that was answered. */
export interface Asked {
  /** Epoch milliseconds. */
  readonly at: number
  /** Somebody in another's name: `admin as tina`. */
  readonly user: string
  readonly verb: string
  readonly group: string
  /** With its subresource: `pods`, `pods/status`. */
  readonly resource: string
  /** Empty for what has none, and for requests over all namespaces. */
  readonly namespace: string
  readonly name: string
  readonly code: number
  /** Not by what it says, but for want of a right. */
  readonly forbidden: boolean
}

interface AuditEvent {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly impersonatedUser?: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

const DECISION = 'authorization.k8s.io/decision'

/** Pure. @returns null for what asks for no object */
export function askedOf(line: string): Asked | null {
  const event = JSON.parse(line) as AuditEvent
  const { user, impersonatedUser } = event
  const { apiGroup = '', resource = '', subresource = '', namespace = '', name = '' } = event.objectRef ?? {}
  if (resource === '') return null
  return {
    at: Date.parse(event.requestReceivedTimestamp),
    user: impersonatedUser === undefined ? user.username : `${user.username} as ${impersonatedUser.username}`,
    verb: event.verb,
    group: apiGroup,
    resource: subresource === '' ? resource : `${resource}/${subresource}`,
    namespace: resource === 'namespaces' ? '' : namespace,
    name,
    code: event.responseStatus?.code ?? 0,
    forbidden: event.annotations?.[DECISION] === 'forbid',
  }
}

/** All requests of this user itself, oldest first. */
export async function readAudit(user: string): Promise<Asked[]> {
  const folder = join(FOLDER, CONTROL.name)
  // Those that were rotated carry the time in their name, so they sort before the one that is written.
  const files = readdirSync(folder).filter(name => /^audit.*[.]log$/.test(name))
  const all: Asked[] = []
  for (const file of files.toSorted())
    for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
      // Most lines are of others: those are not parsed.
      if (!line.includes(user)) continue
      const asked = complete(line) ? askedOf(line) : null
      if (asked?.user === user) all.push(asked)
    }
  return all
}

/** The last line may be on its way. */
const complete = (line: string): boolean => line.endsWith('}')
