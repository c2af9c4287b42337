/** Calls as a table. */
import type { CallSummaryRow } from '#runtime/ledger/read-ledger.ts'
import { columns } from './columns.ts'
import { age, duration, masked, printable } from './words.ts'

const HEADS = ['CALL', 'AGENT', 'REVISION', 'FROM', 'TO', 'TURNS', 'TOOLS', 'DURATION', 'END', 'AGE']

export function callList(calls: readonly CallSummaryRow[], now: number): string[] {
  return columns(
    HEADS,
    calls.map(call =>
      [
        call.call,
        call.namespace === null ? call.agent : `${call.namespace}/${call.agent}`,
        call.revision,
        call.from,
        call.to,
        String(call.turns),
        String(call.tools),
        call.endedAt === null ? '-' : duration(call.endedAt - call.startedAt),
        `${call.why?.code ?? 'open'}${call.missing > 0 ? ` (${call.missing} entries lost)` : ''}`,
        age(now - call.startedAt),
      ].map(cell => printable(cell, 60)),
    ),
  )
}

/** The outsider's number hidden; our own shows which line was called. */
export function maskedSummary(call: CallSummaryRow): CallSummaryRow {
  return call.direction === 'outbound' ? { ...call, to: masked(call.to) } : { ...call, from: masked(call.from) }
}
