/**
 * From what is seen of an agent's pods to what shall be done about them. Pure: the same input and time give the same plan, and a plan that is
 * carried out leaves nothing to plan.
 */
import { chooseDepartures, isServing } from './departures.ts'
import { type DrainBook, newDrainBook } from './drains.ts'
import type { FleetInput, FleetPlan, RevisionInput } from './fleet.ts'
import { countLosses, isLost, mayCreateAt } from './losses.ts'
import { markOf } from './marks.ts'
import type { FleetMemory, PodMemory } from './memory.ts'
import type { Ms, ObservedPod, PodRef } from './observed-pod.ts'
import { outcomesOf } from './outcome.ts'
import type { PlanStep, Proof } from './plan-step.ts'
import { fleetProblems } from './problems.ts'
import { outlivesAt, proofOf } from './proof.ts'
import { reachable } from './reach.ts'
import { replicasOf } from './replicas.ts'
import { absentNodes, type Standing, standingOf } from './standing.ts'
import { Wake } from './wake.ts'

/** How often a draining pod is looked at when nobody says anything of it. */
const DRAIN_LOOK_MS: Ms = 2000

/** Pods of ours, where each stands, and what was found out on the way. */
interface Work {
  readonly input: FleetInput
  readonly now: Ms
  readonly standings: readonly Standing[]
  readonly drains: DrainBook
  readonly wake: Wake
  readonly deletes: Extract<PlanStep, { do: 'deletePod' }>[]
}

export function planFleet(input: FleetInput, now: Ms): FleetPlan {
  const absent = absentNodes(input, input.memory, now)
  const ours = input.pods.filter(pod => pod.made !== 'foreign')
  const standings = ours.map(pod => standingOf(pod, input, absent, now))
  const failures = countLosses(standings, input, now)
  const wake = new Wake(now)
  const work: Work = { input, now, standings, drains: newDrainBook(input, now, wake), wake, deletes: [] }

  const choice = chooseDepartures(standings, input, now)
  if (choice.held) wake.at(input.leaderSince + input.policy.stableMs)
  removeWhatIsOver(work)
  letGo(work, choice.departures)
  const creates = createsOf(work, choice.staying, failures)
  const marks = standings.flatMap(s => markOf(s, input, now, wake) ?? [])
  const { raises, lowers } = replicasOf(input, ours, creates)
  wakeForNodes(work, absent)

  const deleted = new Set(work.deletes.map(step => step.pod.uid))
  const marked = new Set(marks.map(step => step.pod.uid))
  const steps = [...raises, ...creates, ...work.drains.steps, ...marks, ...work.deletes, ...lowers]
  const pods = Object.fromEntries(standings.map(s => [s.pod.uid, remember(s, work, deleted, marked)]))
  const memory: FleetMemory = { pods, failures, absentNodes: absent, refusals: refusalsOf(input) }
  return {
    steps,
    revisions: outcomesOf(standings, input, creates, memory, now),
    problems: fleetProblems(input),
    ...reachable(standings),
    replacing: choice.replacing,
    memory,
    againAt: wake.next,
    empty: ours.length === 0 && input.awaited.creates.length === 0,
  }
}

/** Pods that nothing has to be decided about any more: ended, on a gone node, or empty at last. */
function removeWhatIsOver(work: Work): void {
  for (const s of work.standings) {
    if (s.stage === 'ended' && s.pod.deletingAt === null) remove(work, s, 'it has ended')
    if (s.stage === 'lost') remove(work, s, `its node ${s.pod.node ?? ''} is gone`)
    if (s.stage === 'terminating') terminate(work, s)
    if (s.stage === 'draining' && !remove(work, s, 'its drain is over')) {
      work.drains.ask(s, 'it was asked before')
      work.wake.at(work.now + DRAIN_LOOK_MS)
    }
    if (s.stage === 'suspect' && work.now >= outlivesAt(s, work.input)) remove(work, s, 'any call on it is over')
    if (s.stage === 'suspect' || s.stage === 'draining') work.wake.at(outlivesAt(s, work.input))
  }
}

/** Deleted, by us or by somebody else: its calls get what is left of its grace. */
function terminate(work: Work, s: Standing): void {
  const { pod } = s
  if (pod.deletingAt === null) return
  if (s.nodeGone && s.load.state === 'unknown') remove(work, s, `its node ${pod.node ?? ''} is gone`)
  else if (pod.container.is === 'running') work.drains.ask(s, 'it was deleted', pod.deletingAt)
  work.wake.at(pod.deletingAt + work.input.policy.stuckMs)
}

/** Deletes what can be proved empty; drains the rest, as long as what is left can carry what is wanted. */
function letGo(work: Work, departures: ReturnType<typeof chooseDepartures>['departures']): void {
  const { input, standings } = work
  const wanted = input.agent.deleting ? 0 : input.revisions.reduce((sum, revision) => sum + revision.wanted, 0)
  let serving = standings.filter(isServing).length
  for (const { s, cause } of departures) {
    const why = WHY[cause]
    const counts = isServing(s) ? 1 : 0
    if (remove(work, s, why)) {
      serving -= counts
      continue
    }
    // It cannot be told; it ends as unknown pods do.
    if (s.stage === 'suspect' && s.silentSince !== null && !input.agent.deleting) continue
    // Ready, so it may answer already, whether we have heard so or not.
    if (s.pod.ready && serving - counts < wanted && !work.drains.isUrgent(s)) continue
    if (work.drains.ask(s, why)) serving -= counts
  }
}

const WHY = {
  unsealed: 'nobody saw the answer to its create, so it is not surely ours',
  leaving: 'its node is about to go',
  edited: 'it was changed by hand',
  outdated: 'it was made by another version or configuration of Switchboard',
  retired: 'its revision is not wanted any more',
  surplus: 'there are more pods than wanted',
} as const

/** @returns false when there is no proof */
function remove(work: Work, s: Standing, why: string): boolean {
  const proof = proofOf(s, work.input, work.now)
  if (proof === null) return false
  if (work.input.awaited.deletes.includes(s.pod.uid)) return true
  work.deletes.push({ do: 'deletePod', pod: refOf(s.pod), node: s.pod.node, proof, confirm: confirmOf(s, proof), why })
  return true
}

/** A process that ended may be started again: only a kubelet that is heard of tells that it was not. */
function confirmOf({ pod }: Standing, proof: Proof): 'nodeGone' | 'nodeReady' | null {
  if (proof === 'nodeGone') return 'nodeGone'
  return proof === 'terminated' && pod.phase !== 'Failed' && pod.phase !== 'Succeeded' ? 'nodeReady' : null
}

function refOf({ namespace, name, uid, resourceVersion }: ObservedPod): PodRef {
  return { namespace, name, uid, resourceVersion }
}

type Create = Extract<PlanStep, { do: 'createPod' }>

function createsOf(work: Work, staying: ReadonlyMap<string, number>, failures: FleetMemory['failures']): Create[] {
  const { input } = work
  if (input.agent.deleting || input.namespaceTerminating) return []
  const taken = new Set([...input.pods.map(pod => pod.name), ...input.awaited.creates.map(create => create.name)])
  const creates: Create[] = []
  for (const revision of input.revisions) {
    const missing = Math.min(shortfall(work, revision, staying.get(revision.name) ?? 0), room(work, revision))
    if (missing <= 0) continue
    const at = mayCreateAt({ failures }, revision.name, input.policy)
    if (at > work.now) {
      work.wake.at(at)
      continue
    }
    const why = `${revision.wanted} wanted, ${missing} missing`
    for (let i = 0; i < missing && creates.length < input.policy.maxCreates; i++)
      creates.push({ do: 'createPod', name: freshName(revision.name, input, taken), revision: revision.name, why })
  }
  return creates
}

function awaitedOf(input: FleetInput, revision: string): number {
  return input.awaited.creates.filter(create => create.revision === revision).length
}

function shortfall({ input }: Work, revision: RevisionInput, staying: number): number {
  return revision.wanted - staying - awaitedOf(input, revision.name)
}

/** However many pods nobody hears of, or must be replaced: never more than twice the wanted number, and one. Draining ones not counted. */
function room({ input, standings }: Work, revision: RevisionInput): number {
  const not = new Set(['ended', 'terminating', 'lost', 'draining'])
  const alive = standings.filter(s => s.pod.revision === revision.name && !not.has(s.stage)).length
  return 2 * revision.wanted + 1 - alive - awaitedOf(input, revision.name)
}

function freshName(revision: string, input: FleetInput, taken: Set<string>): string {
  for (;;) {
    const name = `${revision}-${input.suffix()}`
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

function wakeForNodes({ input, standings, wake }: Work, absent: Readonly<Record<string, Ms>>): void {
  for (const since of Object.values(absent)) wake.at(since + input.policy.nodeGoneMs)
  for (const s of standings) {
    if (s.silentSince === null) {
      const { suspectMs, unknownMs } = input.policy
      const since = s.pod.readyChangedAt ?? s.pod.createdAt
      if (s.nodeDown && !s.pod.ready) for (const ms of [suspectMs, unknownMs]) wake.at(since + ms)
      continue
    }
    wake.at(s.silentSince + input.policy.suspectMs)
    wake.at(s.silentSince + input.policy.unknownMs)
  }
}

function remember(s: Standing, work: Work, deleted: ReadonlySet<string>, marked: ReadonlySet<string>): PodMemory {
  const { memory } = s
  const empty = s.load.state === 'known' && s.calls === 0 && s.load.line.outbox === 0
  return {
    revision: s.pod.revision,
    seenAt: memory?.seenAt ?? work.now,
    lost: memory?.lost === true || isLost(s),
    asked: memory?.asked === true || deleted.has(s.pod.uid),
    drain: work.drains.of(s),
    emptySince: empty ? (memory?.emptySince ?? work.now) : null,
    markedAt: marked.has(s.pod.uid) ? work.now : (memory?.markedAt ?? null),
  }
}

function refusalsOf({ memory, revisions }: FleetInput): FleetMemory['refusals'] {
  return Object.fromEntries(Object.entries(memory.refusals).filter(([name]) => revisions.some(r => r.name === name)))
}
