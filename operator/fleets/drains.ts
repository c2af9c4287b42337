/** Drains of one plan: asked for once, repeated until the worker echoes them, and only ever made shorter. */
import type { FleetInput } from './fleet.ts'
import type { PodMemory } from './memory.ts'
import type { Ms } from './observed-pod.ts'
import type { PlanStep } from './plan-step.ts'
import { drainIdOf, type Standing } from './standing.ts'
import type { Wake } from './wake.ts'

/** Deadlines nearer to each other than this are the same. */
const SAME_MS: Ms = 1000
/** A node with less notice than this is left at once, whether there are other pods for new calls or not. */
const URGENT_MS: Ms = 180_000
/** Repeated at most so many times slower. */
const MAX_SLOWER = 30

type Asked = NonNullable<PodMemory['drain']>

export interface DrainBook {
  readonly steps: readonly Extract<PlanStep, { do: 'drain' }>[]
  /**
   * Asks, if it is not asked already.
   * @param latest the deadline is no later than this
   * @returns whether the pod drains from now on
   */
  ask(s: Standing, why: string, latest?: Ms): boolean
  /** Whether its node goes too soon to wait for anything. */
  isUrgent(s: Standing): boolean
  /** To remember. */
  of(s: Standing): Asked | null
}

export function newDrainBook(input: FleetInput, now: Ms, wake: Wake): DrainBook {
  const steps: Extract<PlanStep, { do: 'drain' }>[] = []
  const asked = new Map<string, Asked>()
  const { policy, drain } = input

  function noticeOf({ node, pod }: Standing): Ms {
    const causes = [node?.leaving?.cause, pod.reason]
    return Math.min(...causes.map(cause => policy.notice[cause ?? ''] ?? Number.POSITIVE_INFINITY))
  }

  function deadlineOf(s: Standing, latest: Ms): Ms {
    const echo = s.load.state === 'known' ? s.load.line.drain : null
    const before = s.memory?.drain?.deadline ?? echo?.deadline ?? Number.POSITIVE_INFINITY
    // What was promised before stands, unless there is less time now.
    const own = before === Number.POSITIVE_INFINITY ? now + Math.min(drain.deadlineMs, noticeOf(s)) : before
    return Math.min(own, echo?.deadline ?? own, latest)
  }

  return {
    steps,
    isUrgent: s => noticeOf(s) <= URGENT_MS,
    of: s => asked.get(s.pod.uid) ?? s.memory?.drain ?? null,
    ask(s, why, latest = Number.POSITIVE_INFINITY) {
      const { pod, memory } = s
      if (pod.address === null) return false
      // It may drain already, asked by an operator before us: its load will tell, and a later deadline must not be put on it.
      if (memory?.drain == null && s.silentSince !== null && now - s.silentSince < policy.suspectMs) {
        wake.at(s.silentSince + policy.suspectMs)
        return false
      }
      const id = drainIdOf(pod.uid)
      const deadline = deadlineOf(s, latest)
      const before = memory?.drain ?? null
      const echo = s.load.state === 'known' ? s.load.line.drain : null
      if (echo?.id === id && echo.deadline <= deadline + SAME_MS) {
        asked.set(pod.uid, { deadline, sentAt: before?.sentAt ?? now, sends: before?.sends ?? 1 })
        return true
      }
      const again =
        before === null ? now : before.sentAt + policy.drainAgainMs * Math.min(MAX_SLOWER, 2 ** (before.sends - 1))
      if (before !== null && now < again && before.deadline <= deadline + SAME_MS) {
        wake.at(again)
        asked.set(pod.uid, before)
        return true
      }
      const { namespace, name, uid, resourceVersion } = pod
      steps.push({
        do: 'drain',
        pod: { namespace, name, uid, resourceVersion },
        address: pod.address,
        id,
        deadline,
        end: drain.end,
        why,
      })
      const sends = (before?.sends ?? 0) + 1
      asked.set(pod.uid, { deadline, sentAt: now, sends })
      wake.at(now + policy.drainAgainMs * Math.min(MAX_SLOWER, 2 ** (sends - 1)))
      return true
    },
  }
}
