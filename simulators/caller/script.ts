/** What a caller does, in YAML: steps, one after another. After the last one it hangs up. */
import { readFileSync } from 'node:fs'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { nearest } from '#errors/nearest.ts'
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

/** Line of a step in its file; null: it was not read from one. */
type LineOf = (step: number) => number | null

/** @throws SB_CALLER_BAD_SCRIPT with every finding */
export function asCallerScript(value: unknown, source = 'script', lineOf: LineOf = () => null): CallerScript {
  const result = CallerScript.safeParse(value)
  if (result.success) return result.data
  const steps = (value as { steps?: unknown } | null)?.steps
  const findings = (Array.isArray(steps) ? (steps as unknown[]) : []).flatMap((step, i) => {
    const fault = faultOf(step)
    const line = lineOf(i)
    return fault === null ? [] : [`steps[${i}]${line === null ? '' : ` (line ${line})`}: ${fault}`]
  })
  const others = result.error.issues.filter(({ path }) => !(path[0] === 'steps' && typeof path[1] === 'number'))
  const rest = others.length === 0 ? [] : [z.prettifyError(new z.ZodError(others)).replaceAll('\n', ' ')]
  throw callerErrors.badScript(source, [...findings, ...rest].join('; '))
}

const WORDS = ['hangUp', 'listen']

/** What is wrong with one step; null: nothing. A step is known by its first word, so a mistake in it is told by that step's own form. */
function faultOf(step: unknown): string | null {
  const result = Step.safeParse(step)
  if (result.success) return null
  const [name, ...more] = typeof step === 'string' ? [step] : isObject(step) ? Object.keys(step) : []
  if (name === undefined) return 'a step is a word, or a word with what belongs to it: `- say: ask`'
  const forms = Step.options.filter(option => option instanceof z.ZodObject)
  const form = forms.find(option => name in option.shape)
  if (form === undefined) {
    const names = forms.flatMap(option => Object.keys(option.shape))
    const meant = nearest(name, names)
    return `unknown step "${name}": ${meant === undefined ? `the steps are ${names.join(', ')}` : `did you mean "${meant}"?`}`
  }
  if (typeof step === 'string') return `"${name}" alone says nothing: only ${WORDS.join(' and ')} may stand alone`
  if (more.length > 0) return `a step does one thing: ${more.join(', ')} beside ${name} would be steps of their own`
  const { error } = form.safeParse(step)
  return error === undefined ? null : z.prettifyError(error).replaceAll('\n', ' ')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws SB_CALLER_BAD_SCRIPT */
export function readCallerScript(file: string): CallerScript {
  const lines = new LineCounter()
  let document: ReturnType<typeof parseDocument>
  let value: unknown
  try {
    document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines })
    const [error] = document.errors
    if (error !== undefined) throw error
    value = document.toJS()
  } catch (cause) {
    throw callerErrors.badScript(file, cause instanceof Error ? cause.message : String(cause), {
      cause: cause as Error,
    })
  }
  return asCallerScript(value, file, step => {
    const node = document.getIn(['steps', step], true)
    const from = isNode(node) ? node.range?.[0] : undefined
    return from === undefined ? null : lines.linePos(from).line
  })
}
