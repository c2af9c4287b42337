/** Agents and revisions as the operator sees them: what a cache keeps of each. */

import { hash } from 'node:crypto'
import { z } from 'zod'
import { durationMs } from '#crds/duration.ts'
import { type Member, PROVIDER_NAMES, PROVIDERS } from '#crds/providers.ts'
import { type VoiceAgent, voiceAgentSpec, voiceAgentStatus } from '#crds/voice-agent.ts'
import { voiceAgentRevisionStatus } from '#crds/voice-agent-revision.ts'
import type { KubeObject } from '#kube/object.ts'

/** On the revision that was promoted last: when, so that a restored cluster knows where calls went. */
export const STABLE_ANNOTATION = 'switchboard.dev/stable'

export type AgentSpec = VoiceAgent['spec']
export type AgentStatus = NonNullable<VoiceAgent['status']>
export type RevisionStatus = z.output<typeof voiceAgentRevisionStatus>

export interface ObservedAgent {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  readonly createdAt: string
  readonly deleting: boolean
  readonly finalizers: readonly string[]
  /** Of the spec as it stands there: what is the same need not be read again, and a status comes more often than a spec. */
  readonly specDigest: string
  /** null: this version cannot read it. */
  readonly spec: AgentSpec | null
  /** What it does not understand, in words. */
  readonly fault: string
  readonly status: AgentStatus
}

export interface ObservedRevision {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** Name of the agent. */
  readonly agent: string
  /** Uid of the agent that owns it; null when none does. */
  readonly owner: string | null
  readonly createdAt: string
  readonly deleting: boolean
  readonly hash: string
  readonly replicas: number
  /** When it was promoted; null when it never was, or another was since. */
  readonly stableSince: string | null
  /** `limits.call.max`, in milliseconds. */
  readonly callLimitMs: number
  /** Of the model, of its fallbacks, of whatever else a worker asks with one; each once. */
  readonly credentials: readonly { readonly secret: string; readonly key: string }[]
  /** Servers that its calls talk to: provider and tools. */
  readonly urls: readonly string[]
  readonly status: RevisionStatus
}

const MOST_WORDS = 300

export function projectAgent(object: KubeObject, before?: ObservedAgent): ObservedAgent {
  const { metadata } = object
  const specDigest = hash('sha1', JSON.stringify(object['spec'] ?? null), 'base64')
  const status = voiceAgentStatus.safeParse(object['status'] ?? {})
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers ?? [],
    specDigest,
    ...(before?.specDigest === specDigest ? { spec: before.spec, fault: before.fault } : understood(object['spec'])),
    status: status.data ?? {},
  }
}

const MEMBERS = PROVIDER_NAMES.map(name => PROVIDERS[name].member)
const endpoint = z.object({ baseURL: z.string().optional() })
function understood(spec: unknown): Pick<ObservedAgent, 'spec' | 'fault'> {
  const { data, error } = voiceAgentSpec.safeParse(spec)
  const [issue] = error?.issues ?? []
  if (issue === undefined) return { spec: data ?? null, fault: '' }
  return { spec: null, fault: `spec.${issue.path.join('.')}: ${issue.message}`.slice(0, MOST_WORDS) }
}

/** What is read of a snapshot's content, whatever version wrote it. */
const provider = z.object({
  ...(Object.fromEntries(MEMBERS.map(m => [m, endpoint.optional()])) as Record<Member, z.ZodOptional<typeof endpoint>>),
  credentialsRef: z.object({ name: z.string(), key: z.string() }).optional(),
})
const glance = z.object({
  limits: z.object({ call: z.object({ max: z.string() }) }),
  model: z.object({ ...provider.shape, fallbacks: z.array(provider).optional() }),
  speech: z.object({ baseURL: z.string().optional(), credentialsRef: provider.shape.credentialsRef }).optional(),
  context: z.object({ http: z.object({ url: z.string() }).optional() }).optional(),
  tools: z.array(z.object({ http: z.object({ url: z.string() }).optional() })).optional(),
})

/** Longest that a call may last by the schema: what is assumed of a snapshot that cannot be read. */
const LONGEST_CALL_MS = 12 * 3_600_000

export function projectRevision(object: KubeObject): ObservedRevision {
  const { metadata } = object
  const spec = (object['spec'] ?? {}) as {
    agentRef?: { name?: string }
    replicas?: number
    snapshot?: { hash?: string; content?: unknown }
  }
  const status = voiceAgentRevisionStatus.safeParse(object['status'] ?? {})
  const seen = glance.safeParse(spec.snapshot?.content).data
  const providers = seen === undefined ? [] : [seen.model, ...(seen.model.fallbacks ?? [])]
  const urls = [
    seen?.context?.http?.url,
    seen?.speech?.baseURL,
    ...providers.flatMap(one => MEMBERS.map(m => one[m]?.baseURL)),
    ...(seen?.tools ?? []).map(tool => tool.http?.url),
  ]
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    agent: spec.agentRef?.name ?? '',
    owner: metadata.ownerReferences?.find(owner => owner.controller === true)?.uid ?? null,
    createdAt: metadata.creationTimestamp ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    hash: spec.snapshot?.hash ?? '',
    replicas: spec.replicas ?? 0,
    stableSince: metadata.annotations?.[STABLE_ANNOTATION] ?? null,
    callLimitMs: seen === undefined ? LONGEST_CALL_MS : limitOf(seen.limits.call.max),
    credentials: distinct([...providers, seen?.speech].flatMap(one => one?.credentialsRef ?? [])),
    urls: urls.filter(url => url !== undefined),
    status: status.data ?? {},
  }
}

function distinct(refs: readonly { name: string; key: string }[]): ObservedRevision['credentials'] {
  const one = new Map(refs.map(({ name, key }) => [`${name}/${key}`, { secret: name, key }]))
  return [...one.values()]
}

function limitOf(text: string): number {
  try {
    return durationMs(text)
  } catch {
    return LONGEST_CALL_MS
  }
}

/** Whether two statuses say the same: as JSON, in any order of members. Asked at every turn, so without making a text of them. */
export function sameStatus(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameStatus(item, b[i]))
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const name in right) if (right[name] !== undefined && left[name] === undefined) return false
  for (const name in left) if (left[name] !== undefined && !sameStatus(left[name], right[name])) return false
  return true
}
