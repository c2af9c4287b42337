/** The values of the chart: each has a default and a description, and the reviewed cases try each of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CASES, CHART } from './chart.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly additionalProperties?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
}
type Json = Readonly<Record<string, unknown>>

const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as Schema
const defaults = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as Json
const everything = parse(readFileSync(`${CASES}/everything.yaml`, 'utf8')) as Json
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)

/** What the chart itself does not set: a parent chart's, and parts of resources. */
const NO_DEFAULT = /^global$|\.resources\./

/** Every schema below the top, by its path. */
function* below(at: Schema, path = ''): Generator<readonly [string, Schema]> {
  for (const [name, member] of Object.entries(at.properties ?? {})) {
    const here = path === '' ? name : `${path}.${name}`
    yield [here, member]
    yield* below(member, here)
  }
}

const valueAt = (values: Json, path: string): unknown =>
  path.split('.').reduce<unknown>((at, name) => (at as Json | undefined)?.[name], values)

describe('the values', () => {
  const all = [...below(schema)]
  const leaves = all.filter(([path, { properties }]) => properties === undefined && !NO_DEFAULT.test(path))

  it.each(all)('%s says what it is', (_, { description }) => {
    expect(description).toMatch(/^.{5,}\.$/s)
  })

  it.each(all.filter(([path, { properties }]) => properties !== undefined || path === ''))(
    '%s knows no others',
    (_, s) => {
      expect(s.additionalProperties).toBe(false)
    },
  )

  it.each(leaves)('%s has a default, and a reviewed case with another value', path => {
    expect(valueAt(defaults, path)).toBeDefined()
    // A switch has only one other value, and some are best tried at their default.
    const others = [...new Set([JSON.stringify(valueAt(everything, path)), JSON.stringify(valueAt(defaults, path))])]
    expect(others).toHaveLength(SAME.has(path) ? 1 : 2)
  })

  it.each(readdirSync(CASES))('%s is sound', file => {
    validate(parse(readFileSync(`${CASES}/${file}`, 'utf8')) ?? {})
    expect(validate.errors).toBeNull()
  })

  it('are sound by default', () => {
    validate(defaults)
    expect(validate.errors).toBeNull()
  })
})

/** Off, they would take away what the others are about. */
const SAME = new Set(['flowControl.enabled', 'worker.priorityClass.create'])
