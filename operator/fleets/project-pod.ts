/** From the raw pod to what the planner sees of it. Pure; copies what it keeps. */
import type { KubeObject } from '#kube/object.ts'
import { AGENT_LABEL, REVISION_LABEL, SAFE_TO_EVICT, SEAL_ANNOTATION, WORKER_CONTAINER } from './names.ts'
import type { ContainerSeen, Ms, ObservedPod } from './observed-pod.ts'
import type { Seals } from './seal.ts'

/** Of what others wrote: enough for a sentence, and bounded. */
const MAX_WORDS = 300

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}
interface Terminated {
  readonly reason?: string
  readonly message?: string
  readonly exitCode?: number
  readonly finishedAt?: string
}
interface ContainerStatus {
  readonly name: string
  readonly restartCount?: number
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: { readonly startedAt?: string }
    readonly terminated?: Terminated
  }
  readonly lastState?: { readonly terminated?: Terminated }
}
interface PodStatus {
  readonly phase?: ObservedPod['phase']
  readonly reason?: string
  readonly message?: string
  readonly podIP?: string
  readonly startTime?: string
  readonly conditions?: readonly Condition[]
  readonly containerStatuses?: readonly ContainerStatus[]
}

export function projectPod(object: KubeObject, seals: Seals): ObservedPod {
  const { metadata } = object
  const spec = (object['spec'] ?? {}) as { nodeName?: string }
  const status = (object['status'] ?? {}) as PodStatus
  const birth = seals.readBirth(object)
  const seal = birth === null ? 'none' : seals.readSeal(object)
  const worker = status.containerStatuses?.find(c => c.name === WORKER_CONTAINER)
  const condition = (type: string) => status.conditions?.find(c => c.type === type)
  const ready = condition('Ready')
  const scheduled = condition('PodScheduled')
  const disruption = condition('DisruptionTarget')
  const disrupted = disruption?.status === 'True'
  const evictable = metadata.annotations?.[SAFE_TO_EVICT]
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    agent: birth?.agent ?? metadata.labels?.[AGENT_LABEL] ?? '',
    revision: birth?.revision ?? metadata.labels?.[REVISION_LABEL] ?? '',
    made: birth === null ? 'foreign' : seal === 'none' ? 'unsealed' : 'sealed',
    template: birth?.template ?? '',
    edited: seal === 'edited',
    seal: seal === 'none' ? null : (metadata.annotations?.[SEAL_ANNOTATION] ?? null),
    controller: metadata.ownerReferences?.find(owner => owner.controller === true)?.uid ?? null,
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    deletingAt: timeOf(metadata.deletionTimestamp),
    finalizers: metadata.finalizers?.slice(0, 4) ?? [],
    phase: status.phase ?? 'Pending',
    reason: words(status.reason ?? (disrupted ? disruption.reason : undefined)),
    message: words(status.message ?? (disrupted ? disruption.message : undefined)),
    node: spec.nodeName ?? null,
    unschedulable: scheduled?.status === 'False' ? words(scheduled.message ?? scheduled.reason) : null,
    address: status.podIP ?? null,
    ready: ready?.status === 'True',
    readyChangedAt: timeOf(ready?.lastTransitionTime),
    neverReady: wasNeverReady(status, ready, worker),
    container: containerOf(worker),
    restarts: worker?.restartCount ?? 0,
    lastEnd: endOf(worker?.state?.terminated ?? worker?.lastState?.terminated),
    safeToEvict: evictable === undefined ? null : evictable === 'true',
  }
}

/**
 * The kubelet sets both times in one go, to the second. To be Ready and not any more, a container must be started and probed twice, which
 * takes longer. What a kubelet has not said yet is not Ready either, as long as no container was started.
 */
function wasNeverReady(status: PodStatus, ready: Condition | undefined, worker: ContainerStatus | undefined): boolean {
  if (ready?.status === 'True') return false
  const [started, changed] = [timeOf(status.startTime), timeOf(ready?.lastTransitionTime)]
  if (started !== null && changed !== null) return changed - started <= 1000
  return worker === undefined || (worker.state?.waiting !== undefined && (worker.restartCount ?? 0) === 0)
}

function containerOf(status: ContainerStatus | undefined): ContainerSeen {
  const { running, terminated, waiting } = status?.state ?? {}
  if (running !== undefined) return { is: 'running', startedAt: timeOf(running.startedAt) ?? 0 }
  if (terminated !== undefined)
    return {
      is: 'terminated',
      reason: words(terminated.reason),
      exitCode: terminated.exitCode ?? -1,
      finishedAt: timeOf(terminated.finishedAt) ?? 0,
    }
  if (waiting === undefined) return { is: 'absent' }
  const ran = (status?.restartCount ?? 0) > 0 || status?.lastState?.terminated !== undefined
  return { is: 'waiting', reason: words(waiting.reason), message: words(waiting.message), ran }
}

/** The last line that a process said is what tells why it ended; the kubelet takes it from its log. */
function endOf(terminated: Terminated | undefined): string {
  if (terminated === undefined) return ''
  const line = terminated.message?.trim().split('\n').at(-1)?.trim() ?? ''
  return words(line === '' ? `${terminated.reason ?? 'Error'}, exit code ${terminated.exitCode ?? '?'}` : line)
}

function words(text: string | undefined): string {
  // A slice of a long text keeps all of it alive in V8; a copy does not.
  return text === undefined ? '' : Buffer.from(text.slice(0, MAX_WORDS)).toString()
}

function timeOf(text: string | undefined): Ms | null {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? null : at
}
