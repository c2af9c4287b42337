/** Where a pod stands: what its object, its node and its load say together. */
import type { FleetInput, LoadSeen, RevisionInput } from './fleet.ts'
import type { FleetMemory, PodMemory } from './memory.ts'
import type { ObservedNode } from './observed-node.ts'
import type { Ms, ObservedPod } from './observed-pod.ts'
import type { FleetPolicy } from './policy.ts'

/**
 * `ended`: the kubelet says it is over. `terminating`: deleted, by us or not. `lost`: its node is gone. `draining`: asked to take no call.
 * `suspect`: nobody hears of it, and its kubelet has nothing good to say either; or it answers, and nobody sends it new calls, for its node is
 * lost to the API server. `starting`: was never Ready, or has no revision yet.
 * `unready`: was Ready. `trusted`: Ready, but we do not hear of it. `serving`: Ready, heard of, and has its revision.
 */
export type Stage =
  | 'ended'
  | 'terminating'
  | 'lost'
  | 'draining'
  | 'suspect'
  | 'starting'
  | 'unready'
  | 'trusted'
  | 'serving'

export interface Standing {
  readonly pod: ObservedPod
  readonly load: LoadSeen
  readonly stage: Stage
  /** Its revision; undefined when there is none of that name any more. */
  readonly revision: RevisionInput | undefined
  readonly node: ObservedNode | undefined
  /** Its node is not Ready, or not there. */
  readonly nodeDown: boolean
  /** Its node is gone for good. */
  readonly nodeGone: boolean
  /** Since when nobody hears of it; null when we do. */
  readonly silentSince: Ms | null
  /** Calls it has or promised; null: not known. */
  readonly calls: number | null
  readonly memory: PodMemory | undefined
}

/** Of a pod that is seen for the first time. */
const NOT_ASKED: LoadSeen = { state: 'unknown', lastSeenAt: null, calls: null, revisions: null, since: 0 }

/** The id of the one drain of a pod: the same for every operator, so that an echo is understood after a restart. */
export function drainIdOf(uid: string): string {
  return `switchboard-${uid}`
}

/** Since when nodes that pods are on have been missing. */
export function absentNodes(input: FleetInput, memory: FleetMemory, now: Ms): Record<string, Ms> {
  const absent: Record<string, Ms> = {}
  for (const { node } of input.pods)
    if (node !== null && !input.nodes.has(node)) absent[node] = memory.absentNodes[node] ?? now
  return absent
}

export function standingOf(
  pod: ObservedPod,
  input: FleetInput,
  absent: Readonly<Record<string, Ms>>,
  now: Ms,
): Standing {
  const load = input.loads.get(pod.uid) ?? NOT_ASKED
  const node = pod.node === null ? undefined : input.nodes.get(pod.node)
  const missing = pod.node === null ? undefined : absent[pod.node]
  const nodeGone = node?.outOfService === true || (missing !== undefined && now - missing >= input.policy.nodeGoneMs)
  const known = load.state === 'known'
  const base = {
    pod,
    load,
    revision: input.revisions.find(revision => revision.name === pod.revision),
    node,
    nodeDown: missing !== undefined || (node !== undefined && (!node.ready || node.outOfService)),
    nodeGone,
    silentSince: known ? null : heardBefore(pod, load, input.leaderSince),
    calls: known ? load.line.slots.busy + load.line.slots.reserved : load.calls,
    memory: input.memory.pods[pod.uid],
  }
  return { ...base, stage: stageOf(base, input, now) }
}

/** The last moment at which somebody may have heard of it: operators before us did, up to when we began; and nobody whom we had not asked. */
function heardBefore(pod: ObservedPod, load: Extract<LoadSeen, { state: 'unknown' }>, leaderSince: Ms): Ms {
  const began = pod.container.is === 'running' ? pod.container.startedAt : pod.createdAt
  return Math.max(load.lastSeenAt ?? 0, load.since, leaderSince, began)
}

/**
 * Whether a Ready pod that we do not hear of may be taken to have its revision: it had it when we last heard, or it was Ready before we began, and
 * an operator before us did. A blank worker may be Ready, too: one that became so under our eyes must be heard of first.
 */
export function isBelieved(pod: ObservedPod, load: LoadSeen, leaderSince: Ms): boolean {
  if (!pod.ready || load.state !== 'unknown') return false
  if (load.revisions !== null) return load.revisions[pod.revision] !== undefined
  return pod.readyChangedAt === null || pod.readyChangedAt < leaderSince
}

function stageOf(s: Omit<Standing, 'stage'>, input: FleetInput, now: Ms): Stage {
  const { pod, load } = s
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') return 'ended'
  if (pod.deletingAt !== null || input.awaited.deletes.includes(pod.uid)) return 'terminating'
  if (s.nodeGone && load.state === 'unknown') return 'lost'
  if (s.memory?.drain || (load.state === 'known' && load.line.drain !== null)) return 'draining'
  if (isSuspect(s, input, now)) return 'suspect'
  if (pod.ready && load.state === 'unknown') return 'trusted'
  if (pod.ready && load.state === 'known' && load.line.revisions[pod.revision] !== undefined) return 'serving'
  return pod.ready || pod.neverReady ? 'starting' : 'unready'
}

function isSuspect(s: Omit<Standing, 'stage'>, { policy, nodes }: FleetInput, now: Ms): boolean {
  if (s.silentSince === null) return isCutOff(s, now - downMs(policy, nodes))
  const silentMs = now - s.silentSince
  if (s.nodeDown) return silentMs >= downMs(policy, nodes)
  // A pod that was never Ready is starting, however long it takes; the kubelet restarts a container that died.
  if (s.pod.neverReady || s.pod.container.is !== 'running') return false
  // it may have waited long for us to look at it: its silence says nothing before it is asked
  if (s.load === NOT_ASKED) return false
  return silentMs >= (s.pod.ready ? policy.unknownMs : policy.suspectMs)
}

/**
 * How long a pod of a node that is not Ready is waited for. Where no node is, it was the API server that was away: their kubelets will be heard of in a
 * moment, and till then no pod could be put anywhere else. Kubernetes evicts nobody then either.
 */
function downMs(policy: FleetPolicy, nodes: ReadonlyMap<string, ObservedNode>): Ms {
  return isAnyReady(nodes) ? policy.suspectMs : policy.unknownMs
}

function isAnyReady(nodes: ReadonlyMap<string, ObservedNode>): boolean {
  for (const node of nodes.values()) if (node.ready) return true
  return false
}

/** Whoever sends calls goes by Ready, which is taken from the pods of a node that the API server does not hear of. */
function isCutOff({ pod, nodeDown }: Omit<Standing, 'stage'>, since: Ms): boolean {
  return nodeDown && !pod.ready && (pod.readyChangedAt ?? pod.createdAt) <= since
}
