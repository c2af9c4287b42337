/** Where a fault takes place, and what all of them ask of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FollowedWorkers } from '../followed-workers.ts'
import type { Pod } from '../kube.ts'
import type { Place } from '../place.ts'
import { AGENT, SYSTEM } from '../release.ts'
import type { Traffic } from '../traffic/traffic.ts'

export interface Stage {
  readonly place: Place
  readonly workers: FollowedWorkers
  readonly traffic: Traffic
  /** A must of the fault. */
  check(what: string, ok: boolean, detail?: string): void
  /** A line of progress. */
  say(line: string): void
}

/** Pods of the example. */
export const PODS = 2
export const OPERATORS = ['-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator']

export function nameOf(pod: Pod): string {
  return `${pod.metadata.name} (${pod.spec.nodeName})`
}

export async function comes(what: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  for (const until = performance.now() + ms; performance.now() < until; await sleep(500)) if (await what()) return true
  return false
}

/** The Ready pod that carries most. */
export async function busiest({ workers, traffic }: Stage): Promise<Pod> {
  await traffic.reaches(workers.ready)
  const calls = (pod: Pod): number => traffic.on([pod]).length
  const [most] = workers.ready.toSorted((a, b) => calls(b) - calls(a))
  if (most === undefined) throw new Error('no worker is Ready')
  return most
}

/** A node with calls on it, and without the simulated provider, which is one pod and no part of this. */
export async function victimNode(stage: Stage): Promise<{ node: string; other: string; pods: readonly Pod[] }> {
  const { place, workers, traffic } = stage
  const at = ['-n', SYSTEM, '-l', 'app.kubernetes.io/component=simulator']
  const [simulator] = await place.kube.get<Pod[]>('pods', ...at)
  const other = simulator?.spec.nodeName ?? ''
  const node = workers.ready.map(pod => pod.spec.nodeName ?? '').find(name => name !== other)
  if (node === undefined) throw new Error(`no worker is Ready on another node than ${other}`)
  const pods = workers.ready.filter(pod => pod.spec.nodeName === node)
  await traffic.reaches(workers.ready)
  return { node, other, pods }
}

/** Nothing moves pods back after a node was left: somebody who deletes one has it made anew on the node with fewer. */
export async function spread(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  const nodes = (): number => new Set(workers.ready.map(pod => pod.spec.nodeName)).size
  if (nodes() >= PODS) return
  const [least] = workers.ready.toSorted((a, b) => traffic.on([a]).length - traffic.on([b]).length)
  if (least === undefined) return
  const { namespace, name } = least.metadata
  stage.say(`all pods are on one node: ${name} is deleted, so that another is made elsewhere`)
  await place.kube('delete', 'pod', name, '-n', namespace, '--wait=false')
  await workers.until(PODS, PODS, 180_000)
}

export async function scaleAgent({ place }: Stage, pods: number): Promise<void> {
  const patch = JSON.stringify({ spec: { scaling: { minPods: pods } } })
  await place.kube('patch', 'voiceagent', AGENT.name, '-n', AGENT.namespace, '--type=merge', '-p', patch)
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** @returns the words of the first condition of an agent that matches, in the end; null when none does */
export async function says(
  { place }: Stage,
  agent: { readonly namespace: string; readonly name: string },
  match: RegExp,
  ms: number,
): Promise<string | null> {
  let words: string | null = null
  await comes(async () => {
    const { code, out } = await place.kube.try(['get', 'voiceagent', agent.name, '-n', agent.namespace, '-o', 'json'])
    if (code !== 0) return false
    const { status } = JSON.parse(out) as { status?: { conditions?: readonly Condition[] } }
    const lines = (status?.conditions ?? []).map(c => `${c.type}=${c.status} ${c.reason}: ${c.message}`)
    words = lines.find(line => match.test(line)) ?? null
    return words !== null
  }, ms)
  return words
}

/** Checks that the agent says something, and shows what. */
export async function mustSay(
  stage: Stage,
  what: string,
  match: RegExp,
  ms: number,
  agent: typeof AGENT | { namespace: string; name: string } = AGENT,
): Promise<string> {
  const words = await says(stage, agent, match, ms)
  stage.check(what, words !== null, words ?? `nothing like ${match.source} in ${ms / 1000} s`)
  return words ?? ''
}
