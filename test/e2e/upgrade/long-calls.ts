/** Long calls over a step: none of them may notice it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '#test/harness/report.ts'
import { long } from '../conversation.ts'
import type { Evictions } from '../faults/evictions.ts'
import type { FollowedWorkers } from '../followed-workers.ts'
import type { Pod } from '../kube.ts'
import { dial, type PhoneCall } from '../phones.ts'
import type { Place } from '../place.ts'

export interface Stage {
  readonly place: Place
  readonly report: Report
  readonly workers: FollowedWorkers
  readonly evictions: Evictions
}

/** Calls that are up. */
export interface LongCalls {
  readonly calls: readonly PhoneCall[]
  /** The pod that a call is on. */
  podOf(call: PhoneCall): Pod
  /** Pods with calls on them. */
  readonly pods: readonly Pod[]
  /**
   * Waits for all to end, and reports: those that `harmed` names may have been, all others must have been carried to their end. Evictions of pods with calls
   * were asked for every second meanwhile.
   */
  judge(harmed?: (pod: Pod) => boolean): Promise<void>
}

const CALLS = 6
const ANSWER_MS = 60_000

export async function longCalls(stage: Stage, seconds: number): Promise<LongCalls> {
  const { place, report, workers } = stage
  const calls: PhoneCall[] = []
  for (let i = 0; i < CALLS; i++) {
    calls.push(dial(place, long(seconds)))
    await sleep(300)
  }
  await Promise.all(calls.map(answered))
  const podOf = (call: PhoneCall): Pod => {
    const pod = workers.podOf(call.from)
    if (pod === undefined) throw new Error(`the edge sent the call from ${call.from} to no pod that is known`)
    return pod
  }
  const on = new Map(calls.map(call => [call, podOf(call)] as const))
  const pods = [...new Map([...on.values()].map(pod => [pod.metadata.uid, pod])).values()]
  report.check(`${CALLS} calls are up on ${pods.length} pods`, pods.length > 1, pods.map(nameOf).join(', '))
  const watch = watchEvictions(stage, on)
  return {
    calls,
    podOf: call => on.get(call) ?? podOf(call),
    pods,
    judge: async (harmed = () => false) => {
      for (const call of calls) {
        const { carried, detail } = await call.done
        const pod = on.get(call) ?? podOf(call)
        const spared = !harmed(pod)
        report.row({
          name: `a call on ${nameOf(pod)}${spared ? ' is unharmed' : ', where it happened'}`,
          value: `${carried ? 'carried to its end' : 'lost'}: ${detail.slice(0, 200)}`,
          ok: carried || !spared,
        })
      }
      const { asked, allowed } = await watch.stop()
      report.check(
        'no pod with a call may be evicted',
        asked > 0 && allowed.length === 0,
        `429 to ${asked - allowed.length} of ${asked}${allowed.length > 0 ? `: ${allowed.join(', ')}` : ''}`,
      )
    },
  }
}

export function nameOf(pod: Pod): string {
  return `${pod.metadata.name} (${pod.spec.nodeName})`
}

async function answered(call: PhoneCall): Promise<void> {
  for (const until = performance.now() + ANSWER_MS; performance.now() < until; await sleep(100))
    if (call.output().includes('"type":"answered"')) return
  throw new Error(`no answer to ${call.from} in ${ANSWER_MS / 1000} s: ${call.output().slice(-500)}`)
}

interface Watched {
  asked: number
  readonly allowed: string[]
}

/** Asks every second, of every pod with a call that is up. */
function watchEvictions({ evictions, workers }: Stage, on: ReadonlyMap<PhoneCall, Pod>) {
  const seen: Watched = { asked: 0, allowed: [] }
  const up = new Set(on.keys())
  for (const call of on.keys()) void call.done.then(() => up.delete(call))
  const end = new AbortController()
  const loop = (async () => {
    while (!end.signal.aborted && up.size > 0) {
      const pods = new Map([...up].map(call => on.get(call)).map(pod => [pod?.metadata.uid, pod]))
      const before = up.size
      for (const pod of pods.values()) {
        // One that is being deleted has nothing left to protect: its own grace is what its calls have.
        if (pod === undefined || workers.isTerminating(pod.metadata.uid)) continue
        const status = await evictions.ask(pod)
        // A call that ended while we asked proves nothing; nor does an API server that is not there, or a pod that is gone.
        if (status === null || status === 404 || up.size < before) continue
        // What we know of pods is up to a second old.
        if (status !== 429 && (await evictions.isTerminating(pod))) continue
        seen.asked++
        if (status !== 429) seen.allowed.push(`${status} for ${pod.metadata.name}`)
      }
      await sleep(1000)
    }
  })()
  return {
    stop: async (): Promise<Watched> => {
      end.abort()
      await loop
      return seen
    },
  }
}
