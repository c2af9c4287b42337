/** A span that has ended, as a plain value: what the terminal tree and the timeline are drawn from. */
export type AttributeValue = string | number | boolean
export type Attributes = Readonly<Record<string, AttributeValue>>

export interface EndedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Null for a root. */
  readonly parentSpanId: string | null
  readonly name: string
  /** Epoch milliseconds, with fractions. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  readonly events: readonly { readonly name: string; readonly atMs: number; readonly attributes: Attributes }[]
  /** Set when the span's status is error. */
  readonly error?: string
}
