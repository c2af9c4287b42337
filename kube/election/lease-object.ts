/** Between the core's {@link LeaseRecord} and `coordination.k8s.io/v1` Leases. */
import type { KubeObject } from '../object.ts'
import type { ObjectName, Resource } from '../resource.ts'
import type { ElectionEffect, LeaseRecord } from './state.ts'

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
}

interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  leaseTransitions?: number
  acquireTime?: string
  renewTime?: string
}

export function recordOf(lease: KubeObject): LeaseRecord {
  const spec = (lease['spec'] ?? {}) as LeaseSpec
  return {
    holder: spec.holderIdentity ?? '',
    leaseMs: (spec.leaseDurationSeconds ?? 0) * 1000,
    transitions: spec.leaseTransitions ?? 0,
    resourceVersion: lease.metadata.resourceVersion,
  }
}

/**
 * @param before the Lease as it was read, whose labels and the like stay
 * @param wall epoch milliseconds, for people: no elector reads it
 */
export function leaseObject(
  name: ObjectName,
  before: KubeObject | null,
  effect: Extract<ElectionEffect, { do: 'write' }>,
  wall: number,
): KubeObject {
  // MicroTime.
  const time = new Date(wall).toISOString().replace('Z', '000Z')
  const spec = (before?.['spec'] ?? {}) as LeaseSpec
  const metadata = { ...before?.metadata, ...name } as KubeObject['metadata']
  delete metadata.managedFields
  if (effect.resourceVersion !== null) metadata.resourceVersion = effect.resourceVersion
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: {
      ...spec,
      holderIdentity: effect.holder,
      leaseDurationSeconds: Math.ceil(effect.leaseMs / 1000),
      leaseTransitions: effect.transitions,
      renewTime: time,
      acquireTime: effect.acquired ? time : (spec.acquireTime ?? time),
    },
  }
}
