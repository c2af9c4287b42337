/** A trunk as the operator sees it: what a cache keeps of one. */
import { type SipTrunk, sipTrunkSpec, sipTrunkStatus } from '#crds/sip-trunk.ts'
import type { KubeObject } from '#kube/object.ts'
import type { TrunkFault, TrunkStatus } from './trunk-status.ts'

export interface ObservedTrunk {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  /** null: this version cannot read it, or does not serve it. */
  readonly trunk: SipTrunk | null
  /** Whether this version can read it. */
  readonly understood: boolean
  readonly fault: TrunkFault | null
  readonly status: TrunkStatus
}

const MOST_WORDS = 300
/** On a cluster nothing answers a carrier's webhooks in this version. */
const NO_GATEWAY: TrunkFault = {
  reason: 'IngressNotServed',
  message:
    'spec.ingress: on a cluster this version answers no MediaStream, so nothing is granted: use ingress: Sip, or `switchboard run`',
}

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
    fault: served ? null : issue === undefined ? NO_GATEWAY : notUnderstood(issue),
    status: status.data ?? {},
  }
}

function notUnderstood({ path, message }: { path: readonly PropertyKey[]; message: string }): TrunkFault {
  const what = `spec.${path.map(String).join('.')}: ${message}`.slice(0, MOST_WORDS)
  return {
    reason: 'SpecNotUnderstood',
    message: `this version of Switchboard does not understand the spec (${what}): nothing is granted. Upgrade the operator, or correct the field or take it out`,
  }
}
