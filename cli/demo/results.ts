/** What is left of a call: its record and its trace, once they are complete. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type CallRecord, readLedger } from '#runtime/ledger/read-ledger.ts'
import { SPAN } from '#telemetry/names.ts'
import type { EndedSpan } from '#telemetry/span.ts'
import type { TraceCollector } from './trace-collector.ts'

const STEP_MS = 50
const LONGEST_MS = 5000

/** The newest call of the ledger, when its end is written; as it is when it does not come. */
export async function recordOf(db: string): Promise<CallRecord | null> {
  for (let waited = 0; ; waited += STEP_MS) {
    const reader = readLedger(db)
    try {
      const [summary] = reader.calls({ limit: 1 })
      if (summary && (summary.endedAt !== null || waited >= LONGEST_MS)) return reader.record(summary.call)
      if (waited >= LONGEST_MS) return null
    } finally {
      reader.close()
    }
    await sleep(STEP_MS)
  }
}

/** The spans of a trace, when its root has come: it ends last. */
export async function spansOfTrace(collector: TraceCollector, traceId: string | null): Promise<EndedSpan[]> {
  const own = (): EndedSpan[] => collector.spans.filter(span => span.traceId === traceId)
  for (let waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
    if (own().some(span => span.name === SPAN.call)) break
    await sleep(STEP_MS)
  }
  return own()
}
