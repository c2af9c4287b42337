/** A trunk, as a worker is told of it. */
import { z } from 'zod'

export const trunkSchema = z.object({
  /** `namespace/name`. */
  key: z.string(),
  /** Who may send calls, and where their media may come from, in CIDR. Everyone else gets no answer. */
  peers: z.array(z.object({ signalling: z.array(z.string()), media: z.array(z.string()) })),
  /** Whether RTP may be followed to another address of the peer's media ranges. */
  latch: z.boolean().default(true),
  codecs: z.array(z.enum(['PCMU', 'PCMA'])).min(1),
  /** Headers of an INVITE that agents may read. */
  headers: z.array(z.string()).optional(),
  dialPlan: z
    .object({
      countryCode: z.string().optional(),
      nationalPrefix: z.string().optional(),
      internationalPrefix: z.string().optional(),
    })
    .optional(),
})
export type Trunk = z.infer<typeof trunkSchema>
