/** `POST /v1/drain`: new calls are refused from the answer on; calls end by themselves, or at the deadline as their agent declares. */
import { z } from 'zod'

export const drainRequestSchema = z.strictObject({
  /** Chosen by who asks, echoed on the load stream. A second request with another deadline moves the deadline. */
  id: z.string().min(1).max(200),
  /** Epoch milliseconds, at most the last moment that a Date holds (ECMA-262 §21.4.1.1): nanoseconds are refused here. */
  deadline: z.number().nonnegative().max(8.64e15),
})
export type DrainRequest = z.infer<typeof drainRequestSchema>

export const drainAnswerSchema = z.object({ v: z.literal(1), id: z.string(), deadline: z.number(), busy: z.number() })
export type DrainAnswer = z.infer<typeof drainAnswerSchema>
