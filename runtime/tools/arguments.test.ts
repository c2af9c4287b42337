import { describe, expect, test } from 'vitest'
import { checkArguments } from './arguments.ts'

const DAY = {
  type: 'object',
  properties: {
    day: { type: 'string', format: 'date' },
    people: { type: 'integer', minimum: 1, maximum: 12 },
    where: { enum: ['inside', 'outside'] },
    guests: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
    'a/b~c%': { type: 'string' },
  },
  required: ['day'],
  additionalProperties: false,
}

describe('arguments that fit', () => {
  test.each([
    [{ day: '2026-11-22' }, { day: '2026-11-22' }],
    ['{"day":"2026-11-22","people":3}', { day: '2026-11-22', people: 3 }],
  ])('%o', (args, value) => {
    expect(checkArguments(DAY, args)).toEqual(value)
  })

  test('none, for a tool that needs none', () => {
    expect(checkArguments({ type: 'object' }, '')).toEqual({})
    expect(checkArguments({}, {})).toEqual({})
  })

  test('any dialect, words of other tools and unknown formats are no obstacle', () => {
    for (const $schema of [
      'http://json-schema.org/draft-07/schema#',
      'https://json-schema.org/draft/2020-12/schema',
      'urn:x',
    ]) {
      const schema = {
        $schema,
        $id: 'https://acme.test/same',
        type: 'object',
        'x-order': 1,
        properties: { a: { type: 'string', format: 'e164' } },
      }
      expect(checkArguments(schema, { a: 'x' })).toEqual({ a: 'x' })
    }
  })
})

describe('arguments that do not fit name the field', () => {
  test.each<[unknown, string]>([
    [{}, 'day: is missing'],
    [{ day: 'Monday' }, 'day: must match format "date"'],
    [{ day: 5 }, 'day: must be string'],
    [{ day: '2026-11-22', people: 0 }, 'people: must be >= 1'],
    [{ day: '2026-11-22', where: 'roof' }, 'where: must be one of "inside", "outside"'],
    [{ day: '2026-11-22', hour: 3 }, 'hour: is not a known field'],
    [{ day: '2026-11-22', guests: [{ name: 'A' }, {}] }, 'guests.1.name: is missing'],
    [{ day: '2026-11-22', 'a/b~c%': 1 }, 'a/b~c%: must be string'],
    [
      { people: 'three', where: 'roof' },
      'day: is missing; people: must be integer; where: must be one of "inside", "outside"',
    ],
    [
      { a: 1, b: 1, c: 1, d: 1, e: 1 },
      'day: is missing; a: is not a known field; b: is not a known field; c: is not a known field; and 2 more',
    ],
    ['{"day":', 'they must be valid JSON'],
    ['[]', 'they must be an object'],
    [null, 'they must be an object'],
    ['"x"', 'they must be an object'],
    [`"${'x'.repeat(40_000)}"`, 'they must be shorter than 32768 characters'],
  ])('%o', (args, words) => {
    expect(() => checkArguments(DAY, args)).toThrow(
      expect.objectContaining({ code: 'SB_TOOL_ARGUMENTS', message: `the arguments do not fit: ${words}` }),
    )
  })
})

test('a schema of no use says so, and reads nothing from elsewhere', () => {
  for (const schema of [
    { type: 'objekt' },
    { $ref: 'https://example.test/schema.json' },
    { properties: { a: { pattern: '(' } } },
  ]) {
    expect(() => checkArguments(schema, {})).toThrow(expect.objectContaining({ code: 'SB_TOOL_SCHEMA' }))
  }
})

test('a schema is compiled once per object', () => {
  let reads = 0
  const schema = {
    type: 'object',
    get properties() {
      reads += 1
      return {}
    },
  }
  for (let i = 0; i < 5; i++) checkArguments(schema, {})
  expect(reads).toBe(1)
})
