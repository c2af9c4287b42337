/** What a worker says of itself on its load stream. */
import type { DrainRequest } from '#runtime/contract/drain.ts'
import type { LoadLine, PromptsState } from '#runtime/contract/load-line.ts'
import type { ServedRevision } from './agent-directory.ts'
import type { Calls } from './calls.ts'
import type { WorkerSettings } from './settings.ts'
import type { Slots } from './slots.ts'

export interface Loaded {
  readonly pod: Pick<WorkerSettings, 'pod' | 'podUid'>
  readonly boot: string
  readonly slots: Pick<Slots, 'total' | 'reserved' | 'busy'>
  readonly outbox: number
  readonly drain: DrainRequest | null
  readonly calls: Pick<Calls, 'longestMs' | 'countOf'>
  readonly served: readonly ServedRevision[]
  /** Cumulative bucket counts of a revision, by figure. */
  readonly figuresOf: (revision: string) => Readonly<Record<string, readonly number[]>>
  readonly promptsOf: (revision: ServedRevision) => PromptsState | undefined
  readonly secrets: LoadLine['secrets'] | undefined
}

export function loadLineOf(it: Loaded): Omit<LoadLine, 'seq'> {
  const { total, reserved, busy } = it.slots
  const revision = (served: ServedRevision): LoadLine['revisions'][string] => {
    const { name, requestId } = served
    const prompts = it.promptsOf(served)
    return {
      calls: it.calls.countOf(name),
      figures: Object.fromEntries(Object.entries(it.figuresOf(name)).map(([figure, counts]) => [figure, [...counts]])),
      ...(requestId !== undefined && { id: requestId }),
      ...(prompts && { prompts }),
    }
  }
  return {
    v: 1,
    pod: it.pod.pod,
    ...(it.pod.podUid !== undefined && { uid: it.pod.podUid }),
    boot: it.boot,
    slots: { total, reserved, busy },
    outbox: it.outbox,
    drain: it.drain && { id: it.drain.id, deadline: it.drain.deadline, longestMs: it.calls.longestMs },
    revisions: Object.fromEntries(it.served.map(served => [served.name, revision(served)])),
    ...(it.secrets && { secrets: { ...it.secrets } }),
  }
}
