/** The first sign of a call becomes its trace, its log and its record. */
import { randomBytes } from 'node:crypto'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import type { Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import type { Found } from './agent-directory.ts'
import { now, wallTime } from './clock.ts'
import type { Entry } from './incoming.ts'
import type { LiveCall } from './live-call.ts'
import { callLogger, type Logger } from './logger.ts'
import type { Slot } from './slots.ts'

interface Beginnings {
  readonly telemetry: Telemetry
  readonly ledger: Ledger | null
  readonly log: Logger
}

/** Where it throws it leaves nothing open behind. */
export function beginCall(to: Beginnings, entry: Entry, found: Found, slot: Slot): LiveCall {
  const { incoming, idName } = entry
  const id = `${wallTime().toString(36)}-${randomBytes(6).toString('hex')}`
  const { revision, trunk } = found
  const [namespace = '', agent = ''] = revision.agent.split('/')
  const at = now()
  const tracestate = incoming.headers['tracestate']?.[0]
  const trace = to.telemetry.startCall({
    call: id,
    agent,
    revision: revision.name,
    startedAt: wallTime(at),
    at,
    ...(incoming.traceparent !== null && { traceparent: incoming.traceparent }),
    ...(tracestate !== undefined && { tracestate }),
    attributes: {
      namespace,
      trunk: trunk.key,
      direction: 'inbound',
      [idName]: incoming.callId,
      from: incoming.from.user,
      to: incoming.requestUri.user,
    },
    content: revision.behaviour.data.traceContent === 'On',
  })
  const ids = {
    call: id,
    traceId: trace.traceId,
    spanId: trace.spanId,
    agent: revision.agent,
    revision: revision.name,
  }
  const log = callLogger(to.log, ids)
  try {
    to.ledger?.begin({
      call: id,
      agent,
      namespace,
      revision: revision.name,
      trunk: trunk.key,
      direction: 'inbound',
      from: incoming.from.user,
      to: incoming.requestUri.user,
      traceId: trace.traceId,
      startedAt: wallTime(at),
      at,
      attributes: { [idName]: incoming.callId },
    })
  } catch (error) {
    trace.end({ code: 'fault', by: 'switchboard' }, at)
    throw error
  }
  return {
    id,
    entry,
    incoming,
    found,
    slot,
    trace,
    log,
    since: wallTime(at),
    leg: null,
    runner: null,
    endedEarly: null,
    leavePacer: () => undefined,
    letPeersGo: () => undefined,
  }
}
