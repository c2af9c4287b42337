/** What stands in the way of a fleet, each in one word and a sentence that a person can act on. */
import type { FleetInput, Problem, ProblemReason } from './fleet.ts'
import { mayCreateAt } from './losses.ts'
import type { FleetMemory } from './memory.ts'
import type { Ms } from './observed-pod.ts'
import type { Standing } from './standing.ts'

/** Reasons of a waiting container that are about its image. */
const IMAGE = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
])
const CONFIG = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'])
/** A container that is started again this often is in a loop, whatever it is doing at the moment. */
const LOOP_RESTARTS = 3
/** Time that starting takes: only then it is worth a word. */
const SLOW_START_MS: Ms = 120_000
/** Pods named in one sentence. */
const NAMED = 3

interface Finding {
  readonly reason: ProblemReason
  readonly detail: string
}

export function problemsOf(
  revision: string,
  standings: readonly Standing[],
  input: FleetInput,
  memory: FleetMemory,
  now: Ms,
): Problem[] {
  const found = new Map<ProblemReason, { names: string[]; detail: string }>()
  for (const s of standings) {
    const finding = findingOf(s, input, now)
    if (finding === null) continue
    const same = found.get(finding.reason)
    if (same === undefined) found.set(finding.reason, { names: [s.pod.name], detail: finding.detail })
    else same.names.push(s.pod.name)
  }
  const problems = [...found].map(([reason, { names, detail }]) => ({
    reason,
    pods: names.length,
    message: SENTENCES[reason](nameAll(names), detail),
  }))
  return [...aboutCreates(revision, input, memory, now), ...problems]
}

function aboutCreates(revision: string, input: FleetInput, memory: FleetMemory, now: Ms): Problem[] {
  const problems: Problem[] = []
  const refusal = memory.refusals[revision]
  if (refusal !== undefined) problems.push(refusal)
  const at = mayCreateAt(memory, revision, input.policy)
  const failures = memory.failures[revision]
  if (refusal === undefined && failures !== undefined && at > now) {
    const message = `Pods failed ${failures.inARow} times in a row, the last time because ${failures.what}. The next ones are made at ${new Date(at).toISOString()}.`
    problems.push({ reason: 'BackingOff', message, pods: 0 })
  }
  return problems
}

function findingOf(s: Standing, input: FleetInput, now: Ms): Finding | null {
  const { pod, stage } = s
  const { container } = pod
  if (stage === 'ended') return { reason: endedReason(pod.reason), detail: pod.message || pod.reason || pod.lastEnd }
  if (stage === 'terminating') {
    if (pod.deletingAt === null || now < pod.deletingAt + input.policy.stuckMs) return null
    return { reason: 'StuckTerminating', detail: stuckDetail(s) }
  }
  if (stage === 'suspect' && s.silentSince === null) return { reason: 'NodeCutOff', detail: pod.node ?? '' }
  if (stage === 'lost' || (stage === 'suspect' && s.nodeDown)) return { reason: 'NodeLost', detail: pod.node ?? '' }
  if (stage === 'suspect') return { reason: 'LoadUnknown', detail: '' }
  if (pod.edited) return { reason: 'HandEdited', detail: '' }
  if (container.is === 'waiting' && IMAGE.has(container.reason)) {
    return { reason: 'ImagePullFailed', detail: container.message || container.reason }
  }
  if (container.is === 'waiting' && CONFIG.has(container.reason)) {
    return { reason: 'ContainerConfigWrong', detail: container.message || container.reason }
  }
  if (isLooping(s)) return { reason: 'CrashLooping', detail: pod.lastEnd }
  if (pod.unschedulable !== null && pod.node === null) return { reason: 'Unschedulable', detail: pod.unschedulable }
  if (!pod.ready && now - (pod.readyChangedAt ?? pod.createdAt) >= SLOW_START_MS)
    return { reason: 'NotReady', detail: pod.lastEnd }
  return null
}

function isLooping({ pod }: Standing): boolean {
  if (pod.container.is === 'waiting' && pod.container.reason === 'CrashLoopBackOff') return true
  return pod.restarts >= LOOP_RESTARTS && !pod.ready
}

function endedReason(reason: string): ProblemReason {
  if (reason === 'Evicted' || reason === 'TerminationByKubelet') return 'Evicted'
  return reason === 'Preempting' || reason === 'PreemptionByScheduler' ? 'Preempted' : 'PodFailed'
}

function stuckDetail({ pod, nodeDown, node }: Standing): string {
  if (pod.finalizers.length > 0) return `finalizers hold it: ${pod.finalizers.join(', ')}`
  if (nodeDown) return `node ${pod.node ?? ''} ${node === undefined ? 'is not there' : 'is not Ready'}`
  return 'its kubelet has not ended it'
}

type Sentence = (pods: string, detail: string) => string

const SENTENCES: Readonly<Record<ProblemReason, Sentence>> = {
  ImagePullFailed: (pods, detail) =>
    `The image of ${pods} cannot be pulled: ${detail}. Check the name of the worker image and the pull secrets in the chart's values.`,
  ContainerConfigWrong: (pods, detail) =>
    `The container of ${pods} cannot be made: ${detail}. Make what it names, such as a missing Secret; it is tried again by itself.`,
  CrashLooping: (pods, detail) =>
    `${pods} ended and was started again several times; its last words: ${detail || 'none'}.`,
  NotReady: (pods, detail) =>
    `${pods} is not Ready for a while${detail === '' ? '' : `; it ended before with: ${detail}`}. Look at its log with kubectl logs.`,
  Unschedulable: (pods, detail) =>
    `No node takes ${pods}: ${detail} Add nodes, or ask for less under spec.pod: resources, nodeSelector.`,
  NodeLost: (pods, node) =>
    `Nothing is heard of node ${node}, where ${pods} is. It was replaced; it is left alone until its calls must be over. If the node is off for good, delete it or taint it node.kubernetes.io/out-of-service.`,
  NodeCutOff: (pods, node) =>
    `The API server does not hear of node ${node}, but ${pods} there answers: its calls go on, another pod takes new ones, and nothing is deleted. See to the kubelet of the node, and to its way to the API server.`,
  Evicted: (pods, detail) =>
    `${pods} was evicted by its kubelet: ${detail}. The node ran short; ask for what it needs under spec.pod.resources.`,
  Preempted: (pods, detail) =>
    `${pods} was preempted: ${detail}. Something of higher priority needed its place; compare PriorityClasses.`,
  PodFailed: (pods, detail) => `${pods} failed: ${detail || 'no reason given'}.`,
  PodDeleted: pods => `${pods} was deleted by somebody else, and is replaced.`,
  StuckTerminating: (pods, detail) =>
    `${pods} was deleted and does not go: ${detail}. Remove what holds it; Switchboard forces nothing that may carry a call.`,
  LoadUnknown: pods =>
    `${pods} does not answer the operator, so it counts as busy and is left alone. Check the network from the operator to port 8080 of the pods.`,
  HandEdited: pods =>
    `${pods} was changed by hand. It is drained and replaced, not changed back; change the VoiceAgent or the chart instead.`,
  ForgedPods: (pods, detail) =>
    `${pods} carries Switchboard's labels and was not made by it. It is not counted and gets no call${detail}; delete it, or take the labels off.`,
  BackingOff: (_pods, detail) => detail,
  QuotaExceeded: (_pods, detail) =>
    `A quota of the namespace does not allow another pod: ${detail}. Raise the ResourceQuota, or ask for less under spec.pod.resources.`,
  PodSecurity: (_pods, detail) =>
    `Pod Security refuses the worker pods, which are made for the level restricted: ${detail}. Something changes them on the way; look for a mutating webhook.`,
  Forbidden: (_pods, detail) =>
    `The operator may not do this: ${detail}. Install the chart of this version again, or give its ServiceAccount the verb that is named.`,
  NamespaceTerminating: () => 'The namespace is being deleted, so no pod can be made in it.',
  Refused: (_pods, detail) => `The API server refuses: ${detail}. It is tried again by itself.`,
}

export function problem(reason: ProblemReason, detail: string, pods = 0, names: readonly string[] = []): Problem {
  return { reason, message: SENTENCES[reason](nameAll(names), detail), pods }
}

/** Problems of the fleet as a whole. */
export function fleetProblems(input: FleetInput): Problem[] {
  const problems: Problem[] = []
  if (input.namespaceTerminating) problems.push(problem('NamespaceTerminating', ''))
  const forged = input.pods.filter(pod => pod.made === 'foreign').map(pod => pod.name)
  if (forged.length > 0) problems.push(problem('ForgedPods', '', forged.length, forged))
  return problems
}

function nameAll(names: readonly string[]): string {
  const some = names.toSorted().slice(0, NAMED)
  const more = names.length - some.length
  return `${names.length === 1 ? 'pod' : 'pods'} ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
