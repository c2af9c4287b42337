/** The values of the chart: each has a default and a description, and the reviewed cases try each of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isCidr } from '#crds/cidr.ts'
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

/** A network that is mistyped would be left out of the policy, and nobody would see it. */
describe.each(['dns', 'deny'] as const)('network.%s', list => {
  const takes = (text: string): boolean => validate({ network: { [list]: [text] } })

  it.each([
    ['10.244.0.0/16', true],
    ['169.254.20.10/32', true],
    ['fd00::/8', true],
    ['2001:db8:0:0:0:0:0:0/32', true],
    ['10.244/16', false],
    ['10.244.0.0/99', false],
    ['10.244.0.0', false],
    ['10.244.0.256/24', false],
    ['010.0.0.0/8', false],
    ['1::2::3/64', false],
    ['fd00::/129', false],
    ['any', false],
  ])('%s: %s', (text, sound) => {
    expect(takes(text)).toBe(sound)
    expect(isCidr(text)).toBe(sound)
  })

  it('takes what the operator takes', () => {
    const part = fc.oneof(
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom('0', '1', '23', '.', ':', 'a', 'f') }),
    )
    fc.assert(
      fc.property(part, fc.integer({ min: 1, max: 140 }), (address, bits) => {
        const text = `${address}/${bits}`
        // an address in IPv6 with its end as in IPv4: sound, and never written
        fc.pre(!/:.*[.]/.test(text))
        expect(takes(text)).toBe(isCidr(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('and everything only where that means something', () => {
    expect(['0.0.0.0/0', '::/0'].map(takes)).toEqual(list === 'dns' ? [true, true] : [false, false])
  })
})

/** Off, they would take away what the others are about. */
const SAME = new Set(['flowControl.enabled', 'worker.priorityClass.create'])
