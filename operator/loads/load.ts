/** What is known of a pod's calls. Unknown means busy: who decides on a pod reads `state` first. */
import type { Ms } from '#kube/clock.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'

/** Why nothing is known of a pod. */
export type Silence =
  /** It was not asked yet, or has not answered yet. */
  | 'new'
  /** No connection, or it broke off. */
  | 'unreachable'
  /** A connection that says nothing any more. */
  | 'silent'
  /** It does not take our token: it has other keys, or is another pod. */
  | 'refused'
  /** What answers is no worker, or not this pod. */
  | 'stranger'

/** Times are of the clock that loads are followed with: epoch milliseconds that never jump. */
export type Load =
  | {
      readonly state: 'known'
      readonly line: LoadLine
      readonly at: Ms
      /** Boots that were seen after the first. */
      readonly restarts: number
    }
  | {
      readonly state: 'unknown'
      readonly why: Silence
      /** When its last line came; null: nobody heard of it since it is followed. */
      readonly lastSeenAt: Ms | null
      /** Since when it is followed. */
      readonly since: Ms
      /** Calls that it had then, promised ones too. To show, never to count on. */
      readonly calls: number | null
      /** What it served then. */
      readonly revisions: LoadLine['revisions'] | null
      readonly restarts: number
    }

/** Calls that a worker carries or has promised to. */
export function callsOf({ slots }: LoadLine): number {
  return slots.busy + slots.reserved
}

/** Whether a revision is served as this request of it says: else it must be put (again). */
export function serves(load: Load, revision: string, requestId: string): boolean {
  return load.state === 'known' && load.line.revisions[revision]?.id === requestId
}
