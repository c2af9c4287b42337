/**
 * Follows one pod's load. Known is what came over the open connection within three heartbeats, from the pod that is meant, in order. Whatever
 * else happens makes the pod unknown at once: a connection that broke may be a process that died, and the next one may take calls.
 */
import { backoff } from '#kube/backoff.ts'
import type { Ms, Random } from '#kube/clock.ts'
import { LOAD_UNKNOWN_MS, type LoadLine } from '#runtime/contract/load-line.ts'
import type { FollowedPod } from './followed-pod.ts'
import type { Silence } from './load.ts'
import { sameLoad, sameStanding } from './same-load.ts'
import { loadOf, type StreamEffect, type StreamEvent, type StreamState } from './stream-state.ts'

/** From asking to the first line: a connection, a token to check, one line. */
export const FIRST_LINE_MS = 5000
/** A connection that lasted so long was no failure: the next one is tried at once. */
export const LASTING_MS = 30_000
/** Boots of a pod that are remembered. */
export const MAX_ENDED = 8
/** Many pods that were cut off together do not come back together. */
export const BACKOFF = { baseMs: 250, maxMs: 15_000, jitter: 0.5 } as const

export function step(
  s: StreamState,
  event: StreamEvent,
  pod: Pick<FollowedPod, 'uid' | 'name'>,
  now: Ms,
  random: Random,
  out: StreamEffect[],
): void {
  if (event.is === 'wake') onWake(s, now, random, out)
  else if (event.connection !== s.connection || s.phase === 'waiting') return
  else if (event.is === 'ended') fail(s, event.why, now, random, out)
  else if (event.line === null || !isOf(event.line, pod)) fail(s, 'stranger', now, random, out)
  else onLine(s, event.line, now, random, out)
}

function onWake(s: StreamState, now: Ms, random: Random, out: StreamEffect[]): void {
  if (now < s.wakeAt) return
  if (s.phase !== 'waiting') return fail(s, 'silent', now, random, out)
  s.phase = 'asking'
  s.connection += 1
  s.askedAt = now
  s.wakeAt = now + FIRST_LINE_MS
  out.push({ do: 'ask', connection: s.connection })
}

function onLine(s: StreamState, line: LoadLine, now: Ms, random: Random, out: StreamEffect[]): void {
  const { line: before, phase } = s
  // whoever looked when the last line was old has seen an unknown pod, though no timer had said so yet
  const wasKnown = loadOf(s, now).state === 'known'
  if (before !== null && line.boot === before.boot) {
    // late, or twice: it says nothing about now
    if (line.seq <= before.seq) return
  } else if (before !== null) {
    // one connection leads to one process, and none that has ended
    if (phase === 'open' || s.ended.includes(line.boot)) return fail(s, 'stranger', now, random, out)
    s.ended.push(before.boot)
    if (s.ended.length > MAX_ENDED) s.ended.shift()
    s.restarts += 1
  }
  s.line = line
  s.lineAt = now
  s.phase = 'open'
  s.wakeAt = now + LOAD_UNKNOWN_MS
  if (now - s.askedAt >= LASTING_MS) s.failures = 0
  const standing = !wasKnown || before === null || !sameStanding(before, line)
  if (standing || !sameLoad(before, line)) out.push({ do: 'tell', standing })
}

function fail(s: StreamState, why: Silence, now: Ms, random: Random, out: StreamEffect[]): void {
  const news = s.phase === 'open' || s.why !== why
  out.push({ do: 'hangUp', connection: s.connection })
  s.failures = s.phase === 'open' && now - s.askedAt >= LASTING_MS ? 1 : s.failures + 1
  s.phase = 'waiting'
  s.why = why
  s.wakeAt = now + backoff(BACKOFF, s.failures, random)
  if (news) out.push({ do: 'tell', standing: true })
}

/** An address passes from pod to pod, and a worker without a UID has its name at least. */
function isOf(line: LoadLine, pod: Pick<FollowedPod, 'uid' | 'name'>): boolean {
  return line.uid === undefined ? line.pod === pod.name : line.uid === pod.uid
}
