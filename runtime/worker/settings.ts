/** What `switchboard run` and `switchboard worker` are started with. */
import { workerErrors } from './errors.ts'
import type { LogLevel } from './logger.ts'

export interface WorkerSettings {
  /** Address the sockets bind to. */
  readonly sipHost: string
  /** 0: any free port. */
  readonly sipPort: number
  /** Address that Via, Contact and SDP name; absent: `sipHost`, or the first address of this machine. */
  readonly advertise?: string
  readonly rtpPorts: { readonly from: number; readonly to: number }
  readonly httpHost: string
  readonly httpPort: number
  readonly slots: number
  readonly logLevel: LogLevel
  /** How long calls may last after a stop signal where no revision says so. */
  readonly drainDeadlineMs: number
  /** What bounds that, whatever revisions say: in a pod, what is left of its grace period after last words. */
  readonly drainCeilingMs?: number
  /** Name on the load stream; the pod's name in a cluster. */
  readonly pod: string
  /** UID of the pod: tokens are for it alone. */
  readonly podUid?: string
  /** Ready without a revision: in a cluster a worker gets its first one when it is Ready. */
  readonly blankIsReady?: boolean
}

export const DEFAULT_SETTINGS = {
  sipHost: '0.0.0.0',
  sipPort: 5060,
  rtpPorts: { from: 20_000, to: 24_000 },
  httpHost: '127.0.0.1',
  httpPort: 8080,
  slots: 50,
  logLevel: 'info',
  drainDeadlineMs: 30 * 60_000,
  pod: 'local',
} as const satisfies WorkerSettings

/** Reads `FROM-TO`. @throws SwitchboardError */
export function parsePortRange(text: string): { from: number; to: number } {
  const match = /^(\d{4,5})-(\d{4,5})$/.exec(text)
  const from = Number(match?.[1])
  const to = Number(match?.[2])
  if (!match || from < 1024 || to > 65_535 || to - from < 1) throw workerErrors.badPortRange(text)
  return { from, to }
}
