/** What every caller must hear before anything else: that it is a machine, that the call is recorded. */
import { z } from 'zod'
import { clipName, recording } from './prompt.ts'
import { dnsLabel } from './reference.ts'
import { exactlyOne, ruled } from './rule.ts'

const name = dnsLabel.meta({ description: 'What record and trace call it.', examples: ['recording'] })
const onFailure = z.enum(['Refuse', 'Continue']).default('Refuse').meta({
  description:
    'It cannot be played: nothing rendered its text. Refuse: the call goes as `unavailable` declares. Continue: it is left out, and the record says so.',
})

export const disclosure = ruled(
  z.strictObject({
    name,
    text: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .meta({
        description:
          'Words, rendered ahead of calls and never spoken by the model. `{{name}}` stands for a variable that does not come from `context`.',
        examples: ['You are speaking with an automated assistant. This call is recorded.'],
      }),
    audioFrom: recording.optional(),
    onFailure,
  }),
  exactlyOne(['text', 'audioFrom'], 'write exactly one of text, audioFrom'),
)

/** In a revision. */
export const resolvedDisclosure = ruled(
  z.strictObject({ name, text: z.string().optional(), clip: clipName.optional(), onFailure }),
  exactlyOne(['text', 'clip'], 'write exactly one of text, clip'),
)

export const disclosuresOf = <D extends z.ZodType>(one: D) =>
  z
    .array(one)
    .max(8)
    .optional()
    .meta({
      description:
        'Said to every caller before the greeting, in this order, whole: the caller cannot interrupt them, and is heard all the same. How much of each was heard is kept in the record.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    })
