/** One call of a worker with all it holds: slot, leg, runner, place in the pacer, record and trace. Everything is given back once. */
import type { EndReason } from '#runtime/call/ports.ts'
import type { CallSummary } from '#runtime/contract/calls.ts'
import type { CallTrace } from '#runtime/telemetry/call-trace.ts'
import type { Found } from './agent-directory.ts'
import type { CallRunner } from './call-runner.ts'
import type { Entry, Incoming, WorkerLeg } from './incoming.ts'
import type { Logger } from './logger.ts'
import type { Slot } from './slots.ts'

export interface LiveCall {
  /** Unique over all workers. */
  readonly id: string
  readonly entry: Entry
  readonly incoming: Incoming
  readonly found: Found
  readonly slot: Slot
  readonly trace: CallTrace
  readonly log: Logger
  /** Epoch milliseconds of the first sign. */
  readonly since: number
  /** Null until its media is there. */
  leg: WorkerLeg | null
  runner: CallRunner | null
  /** It ended before it had a leg. */
  endedEarly: EndReason | null
  leavePacer: () => void
  /** Its peers need not be heard any more for its sake. */
  letPeersGo: () => void
}

export function summaryOf(call: LiveCall): CallSummary {
  return {
    id: call.id,
    agent: call.found.revision.agent,
    revision: call.found.revision.name,
    called: call.incoming.requestUri.user,
    phase: call.runner?.phase ?? 'ringing',
    since: call.since,
    traceId: call.trace.traceId,
  }
}
