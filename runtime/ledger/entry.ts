/** What the ledger stores: a header per call and entries in order. */
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { Ms } from '#runtime/media/format.ts'

/** Who called whom. `from` and `to` are personal data: stored, masked by default wherever they are shown. */
export interface CallHeader {
  /** Unique over all workers. */
  readonly call: string
  readonly agent: string
  readonly namespace?: string
  readonly revision: string
  readonly trunk?: string
  readonly direction?: 'inbound' | 'outbound'
  readonly from: string
  readonly to: string
  readonly traceId?: string
  /** Epoch milliseconds of the first sign of the call. */
  readonly startedAt: number
  /** The machine's clock at `startedAt`: what the `at` of entries counts from. */
  readonly at: Ms
  /** SIP Call-ID, carrier's and provider's ids, worker: low-volume facts for joins. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** An entry with its envelope. */
export interface StoredEntry {
  readonly call: string
  /** From 1, without gaps unless entries were lost. */
  readonly seq: number
  /** The machine's clock. */
  readonly at: Ms
  /** Epoch milliseconds, derived from `at`: it never jumps within a call. */
  readonly wall: number
  readonly entry: RecordEntry
}

/** A row on its way to the writer: JSON already made, so that its size is known before it is queued. */
export type Row =
  | { readonly header: CallHeader }
  | {
      readonly call: string
      readonly seq: number
      readonly at: Ms
      readonly wall: number
      readonly kind: string
      readonly body: string
    }

/** Longest stored entry in UTF-16 units; a tool's output beyond it is cut, and says so. */
export const MAX_BODY = 256 * 1024

/**
 * Makes an entry's JSON, at most {@link MAX_BODY} long.
 * @throws TypeError when the entry is not plain JSON (a cycle, a bigint).
 */
export function bodyOf(entry: RecordEntry): string {
  const body = JSON.stringify(entry)
  if (body.length <= MAX_BODY) return body
  const cut: Record<string, unknown> = { ...entry, truncated: body.length }
  for (const [key, value] of Object.entries(cut)) {
    if (typeof value === 'string' && value.length > 4096) cut[key] = `${value.slice(0, 4096)}…`
    else if (typeof value === 'object' && value !== null && key !== 'why') cut[key] = null
  }
  return JSON.stringify(cut)
}
