/** What the caller hears while a tool runs long, or while a session is replaced. */
import { z } from 'zod'
import { duration } from './duration.ts'
import { UNFILLED } from './unfilled.ts'

export const waitingOf = <P extends z.ZodType>(prompt: P, byDefault: z.input<P>) =>
  z
    .strictObject({
      enabled: z.boolean().default(true).meta({ description: 'Whether anything is heard.' }),
      after: duration('500ms', '60s')
        .default('4s')
        .meta({ description: 'It is heard when nothing else was for this long.' }),
      every: duration('1s', '60s').default('5s').meta({ description: 'And again, this long after its end.' }),
      say: prompt.prefault(byDefault as never).meta({
        description:
          'A sound or a few words. They end where the agent begins to speak. While a destination rings, `ringback` says what is heard.',
      }),
    })
    .prefault({})
    .meta({ [UNFILLED]: true, description: 'A tool takes long, or the session is being replaced: the caller waits.' })
