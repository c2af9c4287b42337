/** One JSON Schema for editors: completion, descriptions and red lines in YAML files that hold our kinds among others. */
import { UNFILLED } from '#crds/unfilled.ts'
import { KINDS } from './crd.ts'
import { type JsonSchema, rawSchema } from './structural.ts'

export function editorSchema(): string {
  const definitions = Object.fromEntries(
    KINDS.map(({ kind, schema }) => [kind, forEditors(rawSchema(schema, 'draft-07'))]),
  )
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Made from crds/ by `npm run generate`: change the schema, not this file.',
    title: 'Switchboard',
    type: 'object',
    allOf: KINDS.map(({ kind }) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema has it
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** Without what only the API server reads. */
function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node as JsonSchema)
      .filter(([key]) => !key.startsWith('x-kubernetes-') && key !== UNFILLED && key !== '$schema')
      .map(([key, value]) => [key, forEditors(value)]),
  )
}
