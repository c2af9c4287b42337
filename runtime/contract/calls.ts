/** `GET /v1/calls`: the calls a worker carries now. */
import { z } from 'zod'

export const callSummarySchema = z.object({
  id: z.string(),
  agent: z.string(),
  revision: z.string(),
  /** Number as the caller dialled it. */
  called: z.string(),
  phase: z.string(),
  /** Epoch milliseconds of the INVITE. */
  since: z.number(),
  traceId: z.string(),
})
export type CallSummary = z.infer<typeof callSummarySchema>

export const callListSchema = z.object({ v: z.literal(1), calls: z.array(callSummarySchema) })
export type CallList = z.infer<typeof callListSchema>
