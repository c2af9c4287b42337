/** A node as the planner sees it. */
import type { KubeObject } from '#kube/object.ts'

export interface ObservedNode {
  readonly name: string
  /** By its Ready condition: false also when nobody has heard of its kubelet. */
  readonly ready: boolean
  /** Nobody should put pods there, and those there should go: cordoned, or about to be removed. */
  readonly leaving: null | { readonly cause: string }
  /** Tainted out-of-service: a person says that nothing runs there any more. */
  readonly outOfService: boolean
}

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'
/** Taints by which autoscalers say that a node is about to go, without cordoning it first. */
const LEAVING = new Set([
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
  'cloud.google.com/impending-node-termination',
  'aws-node-termination-handler/spot-itn',
  'aws-node-termination-handler/scheduled-maintenance',
])

/** For a cache's projection. */
export function projectNode(object: KubeObject): ObservedNode {
  const spec = (object['spec'] ?? {}) as { unschedulable?: boolean; taints?: readonly { key: string }[] }
  const status = (object['status'] ?? {}) as { conditions?: readonly { type: string; status: string }[] }
  const taints = (spec.taints ?? []).map(taint => taint.key)
  const taint = taints.find(key => LEAVING.has(key))
  return {
    name: object.metadata.name,
    ready: status.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false,
    leaving: taint !== undefined ? { cause: taint } : spec.unschedulable === true ? { cause: 'cordon' } : null,
    outOfService: taints.includes(OUT_OF_SERVICE),
  }
}
