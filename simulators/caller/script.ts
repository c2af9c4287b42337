/** What a caller does, in YAML: steps, one after another. After the last one it hangs up. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Ms } from '#runtime/media/format.ts'
import { callerErrors } from './errors.ts'

/** `1500`, `1500ms`, `1.5s`, `1m`. */
export const Span = z
  .union([z.number().min(0), z.string().regex(/^\d+(\.\d+)?(ms|s|m)?$/, 'a time such as 500ms or 2s')])
  .transform((value): Ms => {
    if (typeof value === 'number') return value
    const unit = /[a-z]+$/.exec(value)?.[0] ?? 'ms'
    return Number.parseFloat(value) * (unit === 'm' ? 60_000 : unit === 's' ? 1000 : 1)
  })
  .refine(ms => ms <= 3_600_000, 'at most an hour')

const within = Span.default(10_000)
const Keys = z.string().regex(/^[0-9*#A-Da-d]{1,32}$/, 'keys are 0-9, *, # and A-D; quote them')

/** What the agent does: `speaks` is also true when it speaks already. */
const Agent = z.enum(['speaks', 'silent'])

export const Step = z.union([
  z.enum(['hangUp', 'listen']),
  /** A clip by name, words that were recorded, or a .wav or .ul file. */
  z.strictObject({ say: z.string().min(1) }),
  /** Until the agent has spoken and then been silent for so long. */
  z.strictObject({
    listen: z.union([Span, z.strictObject({ silent: Span.default(700), within })]),
  }),
  z.strictObject({
    wait: z.union([
      Span,
      z.strictObject({ agent: z.literal('speaks'), within }),
      z.strictObject({ agent: z.literal('silent'), for: Span.default(700), within }),
      z.strictObject({ ended: z.literal(true), within }),
    ]),
  }),
  /** Speaks so long after the agent began, while it is audible. */
  z.strictObject({ interrupt: z.strictObject({ after: Span, say: z.string().min(1), within }) }),
  z.strictObject({
    keys: z.union([Keys, z.strictObject({ press: Keys, tone: Span.default(100), gap: Span.default(70) })]),
  }),
  /** Holds the call for so long, then resumes it. */
  z.strictObject({ hold: Span }),
  /** Fails the call's exit code when it does not happen; the call goes on. `hears` is a clip of the agent's, or its words. */
  z.strictObject({
    expect: z.union([
      z.strictObject({ agent: Agent, for: Span.default(700), within }),
      z.strictObject({ hears: z.string().min(1), within }),
      z.strictObject({ ended: z.enum(['local', 'remote']), within }),
    ]),
  }),
  z.strictObject({ hangUp: z.strictObject({}).nullable() }),
])
export type Step = z.output<typeof Step>
export type StepInput = z.input<typeof Step>

export const CallerScript = z.strictObject({ name: z.string().default('unnamed'), steps: z.array(Step).max(1000) })
export type CallerScript = z.output<typeof CallerScript>

/** @throws SB_CALLER_BAD_SCRIPT with every finding */
export function asCallerScript(value: unknown, source = 'script'): CallerScript {
  const result = CallerScript.safeParse(value)
  if (!result.success) throw callerErrors.badScript(source, z.prettifyError(result.error).replaceAll('\n', ' '))
  return result.data
}

/** @throws SB_CALLER_BAD_SCRIPT */
export function readCallerScript(file: string): CallerScript {
  let value: unknown
  try {
    value = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw callerErrors.badScript(file, cause instanceof Error ? cause.message : String(cause), {
      cause: cause as Error,
    })
  }
  return asCallerScript(value, file)
}
