/** A trunk as the operator sees it: what a cache keeps of one. */
import { type SipTrunk, sipTrunkSpec, sipTrunkStatus } from '#crds/sip-trunk.ts'
import type { KubeObject } from '#kube/object.ts'
import type { TrunkStatus } from './trunk-status.ts'

export interface ObservedTrunk {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  /** null: this version cannot read it, or does not serve it. */
  readonly trunk: SipTrunk | null
  /** Whether this version can read it. */
  readonly understood: boolean
  readonly fault: string | null
  readonly status: TrunkStatus
}

const MOST_WORDS = 300
/** On a cluster nothing answers a carrier's webhooks in this version. */
const NO_GATEWAY = 'spec.ingress: MediaStream is answered by `switchboard run` only'

export function projectTrunk(object: KubeObject): ObservedTrunk {
  const { name, namespace = '', uid, generation = 0 } = object.metadata
  const spec = sipTrunkSpec.safeParse(object['spec'])
  const status = sipTrunkStatus.safeParse(object['status'] ?? {})
  const [issue] = spec.error?.issues ?? []
  const served = spec.success && spec.data.ingress === 'Sip'
  return {
    namespace,
    name,
    uid,
    generation,
    trunk: served
      ? { apiVersion: 'switchboard.dev/v1alpha1', kind: 'SipTrunk', metadata: { name, namespace }, spec: spec.data }
      : null,
    understood: spec.success,
    fault: served
      ? null
      : issue === undefined
        ? NO_GATEWAY
        : `spec.${issue.path.join('.')}: ${issue.message}`.slice(0, MOST_WORDS),
    status: status.data ?? {},
  }
}
