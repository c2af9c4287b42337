/** Configuration of the operator. */
import type { ElectionPolicy } from '#kube/election/state.ts'
import type { PodsPeer } from '#operator/fleets/network-policy.ts'
import type { FleetPolicy } from '#operator/fleets/policy.ts'
import type { WorkerConfig } from '#operator/fleets/worker-config.ts'

export interface OperatorSettings {
  /** Its own namespace: Lease, keys. */
  readonly namespace: string
  /** Its own account there: in commands that it proposes. */
  readonly serviceAccount: string
  /** Unique for each start: in the Lease and in events. */
  readonly identity: string
  readonly version: string
  readonly http: { readonly host: string; readonly port: number }
  readonly worker: WorkerConfig
  readonly network: NetworkSettings
  /** Retired revisions that are kept of each agent. */
  readonly historyLimit: number
  /** Agents worked on at once. */
  readonly concurrency: number
  /** Pods under replacement at a time, over all agents, because Switchboard itself changed. */
  readonly replacements: number
  /** Requests a second to the API server over a long time, and at once. */
  readonly rate: { readonly qps: number; readonly burst: number }
  readonly election?: Partial<ElectionPolicy>
  readonly fleet?: FleetPolicy
}

/** What workers may talk to, beside what agents and trunks say. */
export interface NetworkSettings {
  /** Off: no NetworkPolicy is made; for clusters with rules of their own. */
  readonly policies: boolean
  readonly metrics: readonly PodsPeer[]
  readonly edges: readonly PodsPeer[]
  /** Networks of resolvers, in CIDR. */
  readonly dns: readonly string[]
  /** Never reached, in CIDR: API server, nodes. */
  readonly denied: readonly string[]
  /** Where every worker may go, as URLs: OTLP, ledger. */
  readonly urls: readonly string[]
}

export const LEASE = 'switchboard-operator'
export const FIELD_MANAGER = 'switchboard-operator'
