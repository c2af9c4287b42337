/** What the model does, in YAML: a list of turns, each used once, taken when its moment comes. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { BAD_SCRIPT } from './errors.ts'
import { Fault } from './faults.ts'

const Arguments = z.record(z.string(), z.unknown())

/** One output item of a response. */
export const Output = z.union([
  z.strictObject({
    say: z.string(),
    /** Length in ms, instead of what the words take. */
    ms: z.number().min(20).optional(),
    /** Silence of the model before it, while the response is open. */
    wait: z.number().min(0).optional(),
  }),
  z.strictObject({ call: z.string(), arguments: Arguments.default({}), wait: z.number().min(0).optional() }),
])
export type Output = z.infer<typeof Output>

export const Turn = z
  .strictObject({
    name: z.string().optional(),
    /**
     * What asks for this turn. `start`: the first response of a session, before anybody said anything. `caller`: the caller spoke.
     * `text`: a text message (keys arrive so). `tool`: a tool's result. `instructions`: a response with instructions of its own.
     * `continue`: a response that nothing new asked for. `idle`: the idle timeout. `any`: all of these.
     */
    on: z.enum(['start', 'caller', 'text', 'tool', 'instructions', 'continue', 'idle', 'any']),
    /** Regular expression, case ignored, over the words, keys, tool output or instructions. */
    match: z.string().optional(),
    /** Only the result of this tool. */
    tool: z.string().optional(),
    /** Only when the model's last words were (or were not) cut short. */
    interrupted: z.boolean().optional(),
    /** May be used again and again. */
    repeat: z.boolean().default(false),
    /** What the caller is taken to have said: the input transcript of this turn. */
    heard: z.string().optional(),
    wait: z.number().min(0).optional(),
    say: z.string().optional(),
    ms: z.number().min(20).optional(),
    call: z.string().optional(),
    arguments: Arguments.optional(),
    /** Several output items of one response, in order. */
    items: z.array(Output).optional(),
    fault: Fault.optional(),
  })
  .refine(t => t.match === undefined || compiles(t.match), { path: ['match'], error: 'is not a regular expression' })
  .refine(t => t.arguments === undefined || t.call !== undefined, { path: ['arguments'], error: 'needs a call' })
export type Turn = z.infer<typeof Turn>

export const Script = z.strictObject({
  name: z.string().default('unnamed'),
  turns: z.array(Turn).default([]),
  /** Faults that wait from the start. */
  faults: z.array(Fault).default([]),
})
export type Script = z.infer<typeof Script>
export type ScriptInput = z.input<typeof Script>

export const NO_SCRIPT: Script = { name: 'default', turns: [], faults: [] }

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'iu') instanceof RegExp
  } catch {
    return false
  }
}

/** A script from a value. @throws SB_SIMULATOR_BAD_SCRIPT with every finding */
export function asScript(value: unknown, source = 'script'): Script {
  const result = Script.safeParse(value)
  if (!result.success) throw BAD_SCRIPT(source, z.prettifyError(result.error).replaceAll('\n', ' '))
  return result.data
}

/** A script from a YAML file. */
export function readScript(file: string): Script {
  let value: unknown
  try {
    value = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw BAD_SCRIPT(file, cause instanceof Error ? cause.message : String(cause), { cause })
  }
  return asScript(value, file)
}

/** The output items of a turn, its short form spelled out. */
export function outputsOf(turn: Turn): Output[] {
  const out: Output[] = []
  if (turn.say !== undefined) out.push({ say: turn.say, ...(turn.ms === undefined ? {} : { ms: turn.ms }) })
  if (turn.call !== undefined) out.push({ call: turn.call, arguments: turn.arguments ?? {} })
  return [...out, ...(turn.items ?? [])]
}
