/** An attempt to hand the caller over ends: what it made is taken down, and what is left of it is written. */
import { legDo, routeLegs, toneDo } from './command.ts'
import { record, spanEnd } from './record.ts'
import type { Step } from './state.ts'
import { clearTimer } from './timers.ts'

/** Takes down what the present way made. */
export function drop(s: Step): void {
  const { call } = s
  const { transfer } = call
  clearTimer(call, 'transfer')
  clearTimer(call, 'farMedia')
  if (transfer === null) return
  toneDo(s, null)
  if (transfer.leg === null) return
  const leg = transfer.leg
  transfer.leg = null
  routeLegs(s, leg, null)
  legDo(s, { do: 'hangUp', why: { code: 'hangup', by: 'switchboard' } }, leg)
  const state = call.legs[leg]
  if (state !== undefined) state.open = false
}

/** The attempt is over, however: what is left of it in record and trace. */
export function settleRecord(s: Step, outcome: 'connected' | 'cancelled' | 'busy' | 'noAnswer' | 'failed'): void {
  const { call, now } = s
  const { transfer } = call
  if (transfer === null) return
  call.transfer = null
  clearTimer(call, 'transfer')
  clearTimer(call, 'farMedia')
  const { destination, by, way, triedAt, answeredAt } = transfer
  const talkMs = answeredAt === null ? undefined : now - answeredAt
  record(s, {
    kind: 'transfer',
    destination,
    by,
    ...(way === null ? {} : { way }),
    outcome,
    ringMs: (answeredAt ?? now) - triedAt,
    ...(talkMs === undefined ? {} : { talkMs }),
  })
  const attributes = { outcomeOfTransfer: outcome, ...(way === null ? {} : { way }) }
  spanEnd(s, 'transfer', `t${transfer.n}`, attributes, outcome === 'failed' ? 'failed' : undefined)
}

/** Whoever the caller is with, or is being handed to, is let go. */
export function giveUpTransfer(s: Step): void {
  const { transfer } = s.call
  if (transfer === null) return
  drop(s)
  routeLegs(s, s.call.caller, null)
  settleRecord(s, transfer.answeredAt === null ? 'cancelled' : 'connected')
}
