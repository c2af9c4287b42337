/** The stream of one pod, as a plain value. */
import type { Ms } from '#kube/clock.ts'
import { LOAD_UNKNOWN_MS, type LoadLine } from '#runtime/contract/load-line.ts'
import { callsOf, type Load, type Silence } from './load.ts'

export interface StreamState {
  /** `waiting`: until {@link wakeAt}, then it asks. `asking`: no line came yet. `open`: the last line came over this connection. */
  phase: 'waiting' | 'asking' | 'open'
  /** What comes of any other connection is late, and counts for nothing. */
  connection: number
  /** In a row, of connections that did not last. */
  failures: number
  askedAt: Ms
  wakeAt: Ms
  readonly since: Ms
  line: LoadLine | null
  lineAt: Ms | null
  /** Boots before that of the line, the last ones: a process that has ended does not speak again. */
  readonly ended: string[]
  restarts: number
  why: Silence
}

export type StreamEvent =
  /** The time of {@link StreamState.wakeAt} has come. */
  | { readonly is: 'wake' }
  /** A line; null: what came is none. */
  | { readonly is: 'line'; readonly connection: number; readonly line: LoadLine | null }
  | { readonly is: 'ended'; readonly connection: number; readonly why: Silence }

export type StreamEffect =
  | { readonly do: 'ask'; readonly connection: number }
  | { readonly do: 'hangUp'; readonly connection: number }
  /** Something changed that somebody may act on; `standing`: and not only how many calls there are. */
  | { readonly do: 'tell'; readonly standing: boolean }

export function newStream(now: Ms): StreamState {
  return {
    phase: 'waiting',
    connection: 0,
    failures: 0,
    askedAt: now,
    wakeAt: now,
    since: now,
    line: null,
    lineAt: null,
    ended: [],
    restarts: 0,
    why: 'new',
  }
}

/** What is known now. An open stream whose last line is old is silent, even if nobody has noticed yet. */
export function loadOf(s: StreamState, now: Ms): Load {
  const { line, lineAt, restarts } = s
  const open = s.phase === 'open' && line !== null && lineAt !== null
  if (open && now - lineAt < LOAD_UNKNOWN_MS) return { state: 'known', line, at: lineAt, restarts }
  return {
    state: 'unknown',
    why: open ? 'silent' : s.why,
    lastSeenAt: lineAt,
    since: s.since,
    calls: line && callsOf(line),
    revisions: line && line.revisions,
    restarts,
  }
}
