/** What turns of agents are made with. */
import type { Client } from '#kube/client/client.ts'
import type { Ms } from '#kube/clock.ts'
import type { Recorder } from '#kube/events/recorder.ts'
import type { Fleets } from '#operator/fleets/fleets.ts'
import type { ObservedNode } from '#operator/fleets/observed-node.ts'
import type { Upkeep } from '#operator/fleets/upkeep.ts'
import type { CounterWrites } from '#operator/loads/counter-writes.ts'
import type { LoadFollower } from '#operator/loads/load-follower.ts'
import type { WorkerCalls } from '#operator/loads/worker-calls.ts'
import type { Caches } from '#operator/process/caches.ts'
import type { OperatorSettings } from '#operator/process/settings.ts'
import type { ClaimBook } from '#operator/trunks/claim-book.ts'
import type { Resolutions } from './resolutions.ts'
import type { SecretLooks } from './secret-looks.ts'
import type { Snapshots } from './snapshots.ts'

export interface AgentParts {
  readonly client: Pick<Client, 'get' | 'create' | 'apply' | 'delete'>
  readonly caches: Pick<Caches, 'agents' | 'revisions' | 'pods' | 'namespaces' | 'kept'>
  readonly nodes: ReadonlyMap<string, ObservedNode>
  readonly book: ClaimBook
  readonly fleets: Fleets
  readonly follower: LoadFollower
  readonly workers: Pick<WorkerCalls, 'putRevision'>
  readonly resolutions: Resolutions
  readonly snapshots: Snapshots
  readonly secrets: SecretLooks
  readonly namespaces: { ensure(namespace: string, signal: AbortSignal): Promise<void> }
  readonly upkeep: Upkeep
  readonly recorder: Pick<Recorder, 'record'>
  readonly counters: CounterWrites
  readonly settings: OperatorSettings
  /** Epoch milliseconds that never jump back. */
  readonly now: () => Ms
  readonly leaderSince: Ms
  readonly failed: (key: string, error: unknown) => void
}
