/** docs/values.md: every value of the chart, from its schema and its defaults. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const CHART = join('charts', 'switchboard')

interface ValueSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, ValueSchema>>
}

export function valuesPage(root: string): string {
  const schema = JSON.parse(readFileSync(join(root, CHART, 'values.schema.json'), 'utf8')) as ValueSchema
  const defaults: unknown = parse(readFileSync(join(root, CHART, 'values.yaml'), 'utf8'))
  const sections = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== 'global')
    .map(([name, section]) => sectionOf(name, section, member(defaults, name)))
  return `${HEAD}\n\n${sections.join('\n\n')}\n`
}

function sectionOf(name: string, schema: ValueSchema, value: unknown): string {
  const about = schema.properties === undefined ? '' : `${schema.description ?? ''}\n\n`
  const rows = [...rowsOf(name, schema, value)]
  return `## ${name}\n\n${about}| value | default | meaning |\n|---|---|---|\n${rows.join('\n')}`
}

/** Down to what is set as a whole: a text, a number, a list, a map of the user's own, resources. */
function* rowsOf(path: string, schema: ValueSchema, value: unknown): Generator<string> {
  const members = Object.entries(schema.properties ?? {})
  if (members.length > 0 && !('requests' in (schema.properties ?? {}))) {
    for (const [name, below] of members) yield* rowsOf(`${path}.${name}`, below, member(value, name))
    return
  }
  const choices = schema.enum?.map(choice => `\`${String(choice)}\``).join(', ')
  const meaning = [schema.description ?? '', choices === undefined ? '' : `One of ${choices}.`].join(' ').trim()
  yield `| \`${path}\` | ${shown(value)} | ${meaning} |`
}

function shown(value: unknown): string {
  return `\`${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}\``
}

function member(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | undefined)?.[name]
}

const HEAD = `# Values of the chart

<!-- Made from charts/switchboard/values.schema.json by \`npm run generate\`: change that, not this file. -->

What \`helm install switchboard charts/switchboard --set …\` may be told. Anything else is refused.`
