/** docs/reference.md: every field of every kind. */
import { VALIDATIONS } from '#crds/rule.ts'
import { KINDS } from './crd.ts'
import { type JsonSchema, rawSchema } from './structural.ts'

interface Row {
  readonly path: string
  readonly node: JsonSchema
  readonly required: boolean
}

interface Shared {
  readonly name: string
  readonly members: readonly string[]
  /** Members of its `then`, where others have the same members and do something else. */
  readonly then?: readonly string[]
  readonly words: string
}

/** Shapes that occur in many places: described once, linked from everywhere. Known by the members that only they have. */
const SHARED: readonly Shared[] = [
  {
    name: 'Prompt',
    members: ['text', 'audioFrom', 'builtIn'],
    words:
      'Words that must be spoken: a text, a recording of yours, or a built-in one. The caller may interrupt a greeting and a prompt after silence unless told otherwise, and nothing that is said at the end of a call.',
  },
  {
    name: 'FinalAction',
    members: ['say', 'then'],
    then: ['hangUp', 'reject'],
    words: 'How a call ends badly: something is said, if anything, then something is done.',
  },
  {
    name: 'Outcome',
    members: ['say', 'then'],
    then: ['agent', 'hangUp'],
    words:
      'How an attempt to reach somebody ended: something is said, if anything, then the agent goes on or the call ends. Without `then` the agent goes on, and after `ended` the call ends.',
  },
  {
    name: 'LabelSelector',
    members: ['matchLabels', 'matchExpressions'],
    words: 'Selects objects by their labels. An empty one selects everything.',
  },
]

export function referencePage(): string {
  const shared = new Map<string, JsonSchema>()
  const kinds = KINDS.map(({ kind, plural, shortNames, schema }) => {
    const root = rawSchema(schema)
    const spec = root.properties?.['spec'] ?? {}
    const status = root.properties?.['status'] ?? {}
    return [
      `## ${kind}`,
      `${root.description ?? ''} \`kubectl get ${plural}\`, or \`${shortNames.join('`, `')}\`.`,
      ...rules([{ path: '', node: root, required: true }]),
      ...section('spec', spec, shared),
      ...section('status', status, shared),
    ].join('\n\n')
  })
  const parts = SHARED.flatMap(({ name, words }) => {
    const node = shared.get(name)
    if (!node) return []
    const all = rows(node, '', new Map(), name)
    return [[`## ${name}`, words, table(all), ...rules([{ path: '', node, required: true }, ...all])].join('\n\n')]
  })
  return `${[HEAD, ...kinds, ...parts].join('\n\n')}\n`
}

const HEAD = `# API reference

<!-- Made from crds/ by \`npm run generate\`: change the schema, not this file. -->

\`switchboard.dev/v1alpha1\`. Every field here works; what is planned is not here, and \`switchboard validate\` says so when it meets it.
Fields in **bold** are required. A duration is a number and a unit, such as \`500ms\`, \`30s\` or \`1h30m\`. Editors take [the JSON Schema](../crds/generated/switchboard.schema.json).`

function section(name: string, node: JsonSchema, shared: Map<string, JsonSchema>): string[] {
  const all = rows(node, name, shared)
  return [`### \`${name}\``, table(all), ...rules([{ path: name, node, required: true }, ...all])]
}

function rows(node: JsonSchema, path: string, shared: Map<string, JsonSchema>, within?: string): Row[] {
  const required = new Set(node.required)
  return Object.entries(node.properties ?? {}).flatMap(([key, member]) => {
    const at = path === '' ? key : `${path}.${key}`
    const row: Row = { path: at, node: member, required: required.has(key) && member.default === undefined }
    const inner = member.items ?? member
    const name = sharedName(inner)
    if (name !== undefined && name !== within) {
      if (!shared.has(name)) shared.set(name, inner)
      return [row]
    }
    return [row, ...rows(inner, member.items ? `${at}[]` : at, shared, within)]
  })
}

function sharedName(node: JsonSchema): string | undefined {
  const keys = Object.keys(node.properties ?? {})
  return SHARED.find(
    ({ name, members, then }) =>
      members.every(m => keys.includes(m)) &&
      (name === 'Prompt' || keys.length === members.length) &&
      (then === undefined || then.every(m => node.properties?.['then']?.properties?.[m] !== undefined)),
  )?.name
}

/** Of shared shapes: what the default is depends on the place. */
const VARIED = new Set(['interruptible', 'then'])

function table(all: readonly Row[]): string {
  const lines = all.map(({ path, node, required }) => {
    const field = required ? `**\`${path}\`**` : `\`${path}\``
    const preset =
      node.default === undefined || VARIED.has(path)
        ? ''
        : `\`${JSON.stringify(node.default).replace(/^"(.*)"$/, '$1') || '""'}\``
    return `| ${field} | ${cell(typeOf(node))} | ${cell(preset)} | ${cell(meaning(node))} |`
  })
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...lines].join('\n')
}

function typeOf(node: JsonSchema): string {
  const name = sharedName(node)
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`
  if (node['title'] === 'Duration') return 'duration'
  if (node.enum)
    return node.enum
      .filter(v => typeof v === 'string')
      .map(v => `\`${v}\``)
      .join(' \\| ')
  if (node.items) return `list of ${typeOf(node.items)}`
  if (typeof node.additionalProperties === 'object' && !node.properties) {
    return Object.keys(node.additionalProperties).length === 0
      ? 'object, any fields'
      : `map to ${typeOf(node.additionalProperties)}`
  }
  return node.type ?? 'any'
}

function meaning(node: JsonSchema): string {
  const words = node.description ?? ''
  const bounds = [
    ...messages(node)
      .filter(m => m.startsWith('must be between'))
      .map(m => `B${m.slice('must b'.length)}.`.replace('Be b', 'B')),
    typeof node['minimum'] === 'number' &&
      typeof node['maximum'] === 'number' &&
      node['maximum'] < 2 ** 53 - 1 &&
      `Between ${node['minimum']} and ${node['maximum']}.`,
  ].filter(b => typeof b === 'string')
  return [words, ...bounds].join(' ')
}

function messages(node: JsonSchema): string[] {
  return ((node[VALIDATIONS] ?? []) as { message: string }[]).map(r => r.message)
}

/** Rules that are no mere bounds, by field. */
function rules(all: readonly Row[]): string[] {
  const lines = all.flatMap(({ path, node }) =>
    [
      ...messages(node).map(m => ({ at: path, m })),
      ...(node.items ? messages(node.items).map(m => ({ at: `${path}[]`, m })) : []),
    ]
      .filter(({ m }) => !m.startsWith('must be between'))
      .filter(({ at }) => at === '' || sharedName(node) === undefined)
      .map(({ at, m }) => `- ${at === '' ? '' : `\`${at}\`: `}${m}`),
  )
  return lines.length === 0 ? [] : [`Rules, checked at apply:\n\n${lines.join('\n')}`]
}

function cell(text: string): string {
  return text.replaceAll('\n', ' ').replace(/(?<!\\)\|/g, '\\|')
}
