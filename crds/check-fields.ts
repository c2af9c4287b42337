/** Checks of one object that zod does not make: YAML 1.1 words, names used twice, JSON Schemas of tools. */
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import { badParameters, duplicateName, unquoted } from './errors.ts'
import type { Explained, Finding } from './explain-issue.ts'
import { type Path, valueText } from './problem.ts'
import type { VoiceAgent } from './voice-agent.ts'
import { bare, metaOf, schemaAt } from './walk-schema.ts'

/** Plain words that YAML 1.1 reads as booleans, and YAML 1.2 as text. kubectl reads 1.1. */
const BOOLEAN_WORD = /^(y|yes|n|no|on|off)$/i

/** Words that reach the API server as booleans where it wants text; names used twice in a list that is keyed by them. */
export function checkWords(about: Explained): Finding[] {
  const findings: Finding[] = []
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'string' && BOOLEAN_WORD.test(value)) {
      const scalar = about.scalar(path)
      const schema = schemaAt(about.schema, path)
      const isText = schema && bare(schema) instanceof z.ZodString
      if (scalar?.type === 'PLAIN' && isText) {
        const key = path.at(-1)
        const label = typeof key === 'string' ? `${key}: ` : ''
        findings.push({
          path,
          what: 'value',
          error: unquoted(value, 'a boolean'),
          fix: `quote it: ${label}${JSON.stringify(value)}`,
        })
      }
    }
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) findings.push(...twice(about, value, path))
    for (const [key, member] of Object.entries(value))
      visit(member, [...path, Array.isArray(value) ? Number(key) : key])
  }
  visit(about.value, [])
  return findings
}

function twice(about: Explained, list: readonly unknown[], path: Path): Finding[] {
  const schema = schemaAt(about.schema, path)
  const [key] = (schema ? (metaOf(schema, 'x-kubernetes-list-map-keys') as string[] | undefined) : undefined) ?? []
  if (key === undefined) return []
  const seen = new Set<unknown>()
  return list.flatMap((entry, i) => {
    const name = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)[key] : undefined
    if (name === undefined || !seen.has(name)) {
      seen.add(name)
      return []
    }
    return [{ path: [...path, i, key], what: 'value', error: duplicateName(valueText(name)) } satisfies Finding]
  })
}

/** Whether the parameters of tools are JSON Schemas that arguments can be checked against. */
export function checkTools(agent: VoiceAgent): Finding[] {
  return (agent.spec.tools ?? []).flatMap((tool, i) => {
    const fault = schemaFault(tool.parameters)
    if (fault === null) return []
    return [{ path: ['spec', 'tools', i, 'parameters'], what: 'key', error: badParameters(fault) } satisfies Finding]
  })
}

/** What is wrong with a JSON Schema; null when it can be used. */
function schemaFault(schema: Record<string, unknown>): string | null {
  // One per schema: Ajv keeps what it compiled, and two tools may use the same $id.
  const ajv = new Ajv({ strict: false, allErrors: false, logger: false })
  addFormats.default(ajv)
  try {
    ajv.compile(schema)
    return null
  } catch (error) {
    return error instanceof Error
      ? (error.message.replace(/^schema is invalid: data/, '').split(', data')[0] ?? '')
      : String(error)
  }
}
