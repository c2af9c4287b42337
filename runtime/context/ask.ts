/** Asks our HTTP endpoint about a call, under the guards of a tool: no redirects, a bound on time and size, and no second try. */
import type { Ms } from '#runtime/media/format.ts'
import { executeTool } from '#runtime/tools/execute.ts'
import type { HttpToolDeclaration } from '#runtime/tools/tool.ts'
import { contextAnswer } from './errors.ts'

/** Far more than 32 variables need. */
const MAX_BYTES = 16_384
const NOTHING = { type: 'object' } as const

export interface AskedOf {
  readonly url: string
  readonly method: 'POST' | 'GET'
  readonly timeoutMs: Ms
  readonly headers: HttpToolDeclaration['http']['headers']
}

export type Answer =
  | { readonly ok: true; readonly members: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly code: string }

/** @param about who calls whom; what of it is empty is left out */
export async function ask(
  http: AskedOf,
  about: Readonly<Record<string, string>>,
  options: { readonly signal: AbortSignal; readonly traceparent?: string },
): Promise<Answer> {
  const known = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== ''))
  const asked: HttpToolDeclaration = { name: 'context', parameters: NOTHING, effect: 'Write', http }
  const { ok, output, code } = await executeTool(asked, known, { ...options, maxBytes: MAX_BYTES })
  if (!ok) return { ok: false, code: code ?? contextAnswer.code }
  let answer: unknown
  try {
    answer = JSON.parse(output)
  } catch {
    return { ok: false, code: contextAnswer.code }
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return { ok: false, code: contextAnswer.code }
  }
  return { ok: true, members: new Map(Object.entries(answer).flatMap(([name, value]) => word(name, value))) }
}

/** Words and numbers; what has parts of its own has no place in a sentence. */
function word(name: string, value: unknown): [string, string][] {
  if (typeof value === 'string') return [[name, value]]
  return typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : []
}
