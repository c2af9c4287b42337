/** The way out of a trunk, as `PUT /v1/revisions/{name}` brings it: for the agent's destinations. */
import { z } from 'zod'
import { trunkSchema } from './trunk.ts'

export const outboundSchema = z.object({
  /** Whose peers may speak to us in such a call, and where its media may come from. */
  trunk: trunkSchema,
  transfer: z.enum(['None', 'Refer', 'Bridge', 'ReferElseBridge']),
  proxy: z
    .object({
      host: z.string().min(1).max(253),
      port: z.number().int().min(1).max(65_535),
      transport: z.enum(['Udp', 'Tcp']),
      /** Name of a Secret with `username` and `password`, where credentials are mounted. It is never here itself. */
      credentials: z.string().max(253).optional(),
    })
    .optional(),
  callerIds: z.array(z.string()).min(1).max(64),
  allowedPrefixes: z.array(z.string()).min(1).max(64),
})
export type OutboundBody = z.input<typeof outboundSchema>
