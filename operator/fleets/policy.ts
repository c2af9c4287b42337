/** Numbers the planner goes by: configuration of the operator, with defaults. */
import type { Ms } from './observed-pod.ts'

export interface FleetPolicy {
  /** After a change of leader nothing is scaled down for so long. */
  readonly stableMs: Ms
  /** A worker that does not answer, on a pod or node that is not Ready either, is replaced after this. */
  readonly suspectMs: Ms
  /** And after this when only its load is unknown: the line between us may be what is broken. */
  readonly unknownMs: Ms
  /** A node must have been missing for so long before it is gone: the cache of nodes may lag behind that of pods. */
  readonly nodeGoneMs: Ms
  /** Added to the longest call before an unknown pod is believed to have outlived its calls. */
  readonly outlivedMarginMs: Ms
  /** A load line proves nothing when it is older: its process may have been restarted since. */
  readonly freshMs: Ms
  /** A drain that is not echoed is asked for again after this. */
  readonly drainAgainMs: Ms
  /** A pod that is still there so long after its grace is stuck. */
  readonly stuckMs: Ms
  /** Waits between rounds of replacements of pods that fail: none after the first, then doubling from base to max. */
  readonly failure: { readonly baseMs: Ms; readonly maxMs: Ms; readonly togetherMs: Ms; readonly healthyMs: Ms }
  /** Creates per plan of one agent: the rest follows when these are seen. */
  readonly maxCreates: number
  /** Notice that whoever removes a node gives, by taint key or the reason on the pod; a drain's deadline is no later. */
  readonly notice: Readonly<Record<string, Ms>>
}

const SECOND = 1000
const MINUTE = 60_000

export const DEFAULT_FLEET_POLICY: FleetPolicy = {
  stableMs: MINUTE,
  suspectMs: 30 * SECOND,
  unknownMs: 5 * MINUTE,
  nodeGoneMs: 2 * MINUTE,
  outlivedMarginMs: 2 * MINUTE,
  freshMs: 3 * SECOND,
  drainAgainMs: 10 * SECOND,
  stuckMs: 5 * MINUTE,
  failure: { baseMs: 10 * SECOND, maxMs: 5 * MINUTE, togetherMs: 10 * SECOND, healthyMs: 5 * MINUTE },
  maxCreates: 50,
  notice: {
    // How long each waits for pods to go, by its own documentation; lowered where a cluster is set up otherwise.
    ToBeDeletedByClusterAutoscaler: 10 * MINUTE,
    'cloud.google.com/impending-node-termination': 30 * SECOND,
    'aws-node-termination-handler/spot-itn': 2 * MINUTE,
  },
}
