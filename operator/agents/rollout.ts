/**
 * Where calls go, how many pods each revision shall have, and which one is the stable one. Today a new revision proves itself with one pod
 * that serves, then takes over whole; weights and steps will find their place here. Pure.
 */

/** How the pods of a revision do. */
export interface RevisionPods {
  readonly name: string
  /** Pods that serve it now. */
  readonly ready: number
  /** Pods that stay: not draining, not ended. */
  readonly alive: number
  /** No pod may be made of it now, for lack of a credential or the like. Those it has stay. */
  readonly held: boolean
}

export interface RolloutInput {
  /** Of the present spec; null when the spec makes none. */
  readonly current: string | null
  readonly stable: string | null
  /** What `status.revision` said: served on while neither of the two above is known. */
  readonly last: string | null
  readonly revisions: readonly RevisionPods[]
  /** `spec.scaling.minPods`; null when the spec is not understood: what there is stays. */
  readonly pods: number | null
  /** No number is its own, so nobody can call it: no pod is made; and once this has lasted, those that there are may go. */
  readonly unreachable: false | 'now' | 'lasting'
}

export interface Rollout {
  /** Takes new calls. */
  readonly serving: string | null
  readonly wanted: ReadonlyMap<string, number>
  /** Has taken over: to be marked as the stable one. */
  readonly promote: string | null
  /** A revision that is on its way to take over from another. */
  readonly rolling: boolean
}

export function decideRollout(input: RolloutInput): Rollout {
  const pods = (name: string | null): RevisionPods | undefined => input.revisions.find(r => r.name === name)
  const stable = pods(input.stable)
  const current = pods(input.current) ?? stable ?? pods(input.last)
  const wanted = new Map(input.revisions.map(({ name }) => [name, 0]))
  if (current === undefined) return { serving: null, wanted, promote: null, rolling: false }
  const proved = current.ready > 0
  const rolling = stable !== undefined && stable !== current
  const want = ({ name, held, alive }: RevisionPods, count: number | null): void => {
    if (count === null) {
      wanted.set(name, alive)
      return
    }
    const most = input.unreachable === 'lasting' ? 0 : held || input.unreachable === 'now' ? alive : count
    wanted.set(name, Math.min(count, most))
  }
  // one pod shows whether the revision can serve at all, before there are twice as many pods as wanted
  want(current, rolling && !proved ? 1 : input.pods)
  if (rolling && !proved) want(stable, input.pods)
  const enough = stable === undefined ? 1 : (input.pods ?? 1)
  return {
    serving: rolling && !proved ? stable.name : current.name,
    wanted,
    promote: current.ready >= enough && stable !== current ? current.name : null,
    rolling,
  }
}
