/** How many pods an agent has, and how many calls each takes. */
import { z } from 'zod'

export const scaling = z.strictObject({
  callsPerPod: z
    .int()
    .min(1)
    .max(1000)
    .default(50)
    .meta({ description: 'Calls that one pod takes at a time; what comes beyond is refused there.' }),
  minPods: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .meta({ description: 'Pods that are always there. In this version: the number of pods.' }),
})

export type Scaling = z.output<typeof scaling>
