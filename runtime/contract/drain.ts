/** `POST /v1/drain`: new calls are refused from the answer on; calls end by themselves, or at the deadline as declared. */
import { z } from 'zod'
import { finalAction } from '#crds/behaviour.ts'

export const drainRequestSchema = z.object({
  /** Chosen by who asks, echoed on the load stream. */
  id: z.string().min(1).max(200),
  /**
   * Epoch milliseconds, at most the last moment that a Date holds (ECMA-262 §21.4.1.1): nanoseconds are refused here. Of several requests
   * the earliest deadline holds: whoever takes the pod away does not wait for who asked later.
   */
  deadline: z.number().nonnegative().max(8.64e15),
  /**
   * How calls that outlive the deadline end; absent: as their revision came with. One that this worker does not know, of a newer operator,
   * counts as absent: it must not keep a worker from draining.
   */
  end: finalAction.optional().catch(undefined),
})
export type DrainRequest = z.infer<typeof drainRequestSchema>

export const drainAnswerSchema = z.object({ v: z.literal(1), id: z.string(), deadline: z.number(), busy: z.number() })
export type DrainAnswer = z.infer<typeof drainAnswerSchema>
