/** Prompts, and the one shape of every way in which a call can end badly. */
import { z } from 'zod'
import { configMapKeyRef } from './reference.ts'
import { exactlyOne, ruled } from './rule.ts'
import { UNFILLED } from './unfilled.ts'

const interruptible = (byDefault: boolean) =>
  z.boolean().default(byDefault).meta({ description: 'Whether the caller may speak over it.' })

/** One of an agent's own, in a ConfigMap. */
export const recording = z.strictObject({ configMapKeyRef }).meta({
  description:
    'A recording: WAV (PCM16 mono at 8, 16 or 24 kHz, or G.711), or raw G.711 in a key ending in `.ulaw` or `.alaw`. It plays without a session.',
})

/** One in a revision. */
export const clipName = z
  .string()
  .regex(/^(sha256:[0-9a-f]{64}|builtin:[a-z]+)$/, 'sha256:… or builtin:…')
  .meta({ description: '`sha256:` and the digest of the recording, or `builtin:` and the name of one that ships.' })

const text = z
  .string()
  .min(1)
  .max(4096)
  .meta({
    description:
      'Words. Last words and what is `verbatim` are rendered ahead of calls; the session speaks others, as closely as the model obeys. `{{name}}` stands for a variable.',
    examples: ['{{clinic}}, how can I help?'],
  })

const verbatim = z
  .boolean()
  .default(false)
  .meta({
    [UNFILLED]: true,
    description:
      'These words and no others: they are rendered ahead of calls, and never spoken by the model. Then `{{name}}` is no variable of `context`.',
  })

/** Words that must be spoken. A clip plays with or without a session; docs/prompts.md says what speaks a text. `byDefault`: whether the caller may interrupt it. */
export const promptOf = (byDefault: boolean) =>
  ruled(
    z
      .strictObject({
        text: text.optional(),
        audioFrom: recording.optional(),
        builtIn: z
          .enum(['Apology', 'Transfer', 'Waiting'])
          .optional()
          .meta({ description: 'A recording that ships with Switchboard. It plays without a session.' }),
        interruptible: interruptible(byDefault),
        verbatim,
      })
      .meta({ description: 'Words that must be spoken: a text, a recording of yours, or a built-in one.' }),
    exactlyOne(['text', 'audioFrom', 'builtIn'], 'write exactly one of text, audioFrom, builtIn'),
  )

/** A prompt in a revision: variables rendered, a recording named by its content, so that a change of it is a change of behaviour. */
export const resolvedPromptOf = (byDefault: boolean) =>
  ruled(
    z.strictObject({
      text: z.string().optional(),
      clip: clipName.optional(),
      interruptible: interruptible(byDefault),
      verbatim,
    }),
    exactlyOne(['text', 'clip'], 'write exactly one of text, clip'),
  )

const outcome = ruled(
  z
    .strictObject({
      hangUp: z.strictObject({}).optional().meta({ description: 'End the call.' }),
      reject: z
        .int()
        .min(400)
        .max(699)
        .optional()
        .meta({
          description:
            'Before the answer: refuse with this SIP status (RFC 3261 §21), and the caller hears what their network makes of it. After it: end the call.',
          examples: [480],
        }),
    })
    .meta({ description: 'What then happens to the call.' }),
  exactlyOne(
    ['hangUp', 'reject'],
    'write exactly one of hangUp, reject: then: { hangUp: {} } or then: { reject: 480 }',
  ),
)

/** How a call ends badly: something is said, if anything, then something is done. */
export const finalActionShape = <P extends z.ZodType>(prompt: P) => ({
  say: prompt.optional().meta({ description: 'What the caller hears first. Nothing, when it is left out.' }),
  then: outcome,
})

export const finalActionOf = <P extends z.ZodType>(prompt: P) => z.strictObject(finalActionShape(prompt))
