/**
 * What makes a revision: everything of an agent that a caller can notice, in the API's own words, defaults applied, variables rendered,
 * `instructionsFrom` and clips resolved. The worker turns it into policies with units resolved.
 */
import { z } from 'zod'
import { behaviourShape } from './agent-parts.ts'
import { resolvedDisclosure } from './disclosure.ts'
import type { model } from './model.ts'
import { finalActionOf, resolvedPromptOf } from './prompt.ts'
import type { httpTool, tool } from './tool.ts'

export type { Duration } from './duration.ts'

/** Grows by additions only. A field with a default may be added under the same number: it changes no hash. */
export const SCHEMA_VERSION = 1

const soft = resolvedPromptOf(true)
const hard = resolvedPromptOf(false)

export const behaviour = z.strictObject({
  instructions: z.string(),
  /**
   * Variables that the number called may change, with what they are otherwise. With these, or with a context, texts still hold `{{name}}` for
   * what is known only in the call, and `\{{` for the braces themselves.
   */
  variables: z.record(z.string(), z.string()).optional(),
  ...behaviourShape(soft, hard, resolvedDisclosure, { clip: 'builtin:apology' }),
})
export const finalAction = finalActionOf(hard)

/** Complete: every default is applied, every field has a value or is knowingly absent. */
export type Behaviour = z.output<typeof behaviour>
/** A prompt in a revision: `text` rendered, or `clip` by digest (`sha256:…`) or built-in name (`builtin:apology`). */
export type ResolvedPrompt = z.output<typeof soft>
/** How a call ends badly: `then` has exactly one of `hangUp`, `reject`. */
export type FinalAction = z.output<typeof finalAction>
export type Tool = z.output<typeof tool>
export type HttpTool = z.output<typeof httpTool>
export type Model = z.output<typeof model>
