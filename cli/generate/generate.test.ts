import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { duration } from '#crds/duration.ts'
import { VALIDATIONS } from '#crds/rule.ts'
import { UNFILLED } from '#crds/unfilled.ts'
import { crdYaml, KINDS } from './crd.ts'
import { editorSchema } from './editor-schema.ts'
import { renderErrors } from './errors-page.ts'
import { drift } from './main.ts'
import { referencePage } from './reference.ts'
import { type JsonSchema, structural } from './structural.ts'

function* nodes(node: JsonSchema, path: string): Generator<[string, JsonSchema]> {
  yield [path, node]
  for (const [key, member] of Object.entries(node.properties ?? {})) yield* nodes(member, `${path}.${key}`)
  if (node.items) yield* nodes(node.items, `${path}[]`)
  if (typeof node.additionalProperties === 'object') yield* nodes(node.additionalProperties, `${path}{}`)
}

describe.each(KINDS.map(kind => [kind.kind, kind] as const))('the CRD of %s', (_, kind) => {
  const all = [...nodes(structural(kind.schema), '')]

  it('is structural', () => {
    const preserve = 'x-kubernetes-preserve-unknown-fields'
    const faults = all.filter(
      ([, n]) => (n.type === undefined && n[preserve] !== true) || (n.properties && n.additionalProperties),
    )
    expect(faults.map(([path]) => path)).toEqual([])
  })

  it('explains every field', () => {
    const mute = all.filter(([path, n]) => !/(\[\]|\{\}|^|\.metadata)$/.test(path) && !n.description)
    expect(mute.map(([path]) => path)).toEqual([])
  })

  it('bounds every list and text that a rule looks at, so that the API server can bound its cost', () => {
    const lists = all.filter(
      ([path, n]) => path.startsWith('.spec') && n.type === 'array' && n['maxItems'] === undefined,
    )
    const texts = all.filter(
      ([, n]) => n[VALIDATIONS] !== undefined && n.type === 'string' && n['maxLength'] === undefined,
    )
    expect([...lists, ...texts].map(([path]) => path)).toEqual([])
  })

  it('fills nothing into entries of lists: kubectl apply would replace them for ever', () => {
    const entries = all.filter(([path, n]) => path.includes('[]') && n.default !== undefined)
    expect(entries.map(([path]) => path)).toEqual([])
  })

  it('shows nobody a regular expression, and no bound of a fraction that the API server would cut', () => {
    const patterns = all.filter(([, n]) => n['pattern'] !== undefined || n['patternErrorMessage'] !== undefined)
    const fractions = all.filter(([, n]) => n.type === 'number' && (n['minimum'] ?? n['maximum']) !== undefined)
    expect([...patterns, ...fractions].map(([path]) => path)).toEqual([])
  })

  it('says of every list how it is merged', () => {
    const lists = all.filter(([, n]) => n.type === 'array' && n['x-kubernetes-list-type'] === undefined)
    expect(lists.map(([path]) => path)).toEqual([])
  })

  it('is the same to a reader of YAML 1.1, as kubectl is', () => {
    const text = crdYaml(kind)
    expect(parse(text, { version: '1.1' })).toEqual(parse(text, { version: '1.2' }))
  })

  it('prints what a person wants', () => {
    expect(kind.columns.map(c => c.name)).toContain('Age')
    for (const { jsonPath } of kind.columns) expect(jsonPath).toMatch(/^\.(spec|status|metadata)\./)
  })
})

it('refuses what the API server cannot read', () => {
  const spec = (schema: z.ZodType) => z.strictObject({ spec: z.strictObject({ a: schema }) })
  expect(() => structural(spec(z.union([z.string(), z.strictObject({})])))).toThrow('uses anyOf')
  expect(() => structural(spec(z.unknown()))).toThrow('has no type')
})

describe('what the API server says', () => {
  const made = (schema: z.ZodType) =>
    structural(z.strictObject({ spec: z.strictObject({ a: schema }) })).properties?.['spec']?.properties?.['a']

  it('is what validate says: forms, lengths of time, bounds', () => {
    expect(made(z.string().regex(/^a"\d$/, 'an a'))?.[VALIDATIONS]).toEqual([
      { rule: 'self.matches("^a\\"\\\\d$")', message: 'must be an a' },
    ])
    expect(made(duration('1s', '2s'))?.[VALIDATIONS]).toEqual([
      expect.objectContaining({
        messageExpression: expect.stringMatching(/^"is not a duration: " \+ self \+ "\. Write a/),
      }),
      expect.objectContaining({ message: 'must be between 1s and 2s' }),
    ])
    expect(made(z.number().min(0).max(1.5))?.[VALIDATIONS]).toEqual([
      { rule: 'self >= 0.0', message: 'must be at least 0' },
      { rule: 'self <= 1.5', message: 'must be at most 1.5' },
    ])
  })

  it('keeps the rules that a schema has already', () => {
    const holds = { rule: 'true', message: 'never' }
    const optional = z
      .string()
      .regex(/^a$/, 'an a')
      .optional()
      .meta({ [VALIDATIONS]: [holds] })
    expect(made(optional)?.[VALIDATIONS]).toEqual([{ rule: 'self.matches("^a$")', message: 'must be an a' }, holds])
  })

  it('says what is filled in later, where nothing may be filled in', () => {
    const inner = z.string().default('b').meta({ description: 'B.' })
    expect(made(z.strictObject({ b: inner }).optional())?.properties?.['b']).toEqual({
      type: 'string',
      description: 'B. Default: "b".',
    })
    expect(made(z.strictObject({ b: inner }).prefault({}))?.properties?.['b']?.default).toBe('b')
    expect(made(z.array(z.strictObject({ b: inner })))?.items?.properties?.['b']?.default).toBeUndefined()
  })

  it('lets the API server fill in nothing that an older operator would find in agents that nobody has touched', () => {
    const mark = { [UNFILLED]: true }
    const flag = z.enum(['On', 'Off']).default('Off').meta(mark)
    expect(made(flag)).toEqual({ type: 'string', enum: ['On', 'Off'], description: 'Default: "Off".' })
    const inner = z.strictObject({ b: z.string().default('b') })
    const added = made(inner.prefault({}).meta(mark))
    expect(added?.default).toBeUndefined()
    expect(added?.properties?.['b']?.default).toBeUndefined()
    expect(JSON.stringify(KINDS.map(crdYaml))).not.toContain(UNFILLED)
  })
})

it('knows columns of a VoiceAgent in the order of a person at 2 a.m.', () => {
  const names = KINDS.find(k => k.kind === 'VoiceAgent')
    ?.columns.filter(c => c.priority === undefined)
    .map(c => c.name)
  expect(names).toEqual(['Ready', 'Revision', 'Traffic', 'Calls', 'Pods', 'Age'])
})

describe('the schema for editors', () => {
  const ajv = new Ajv({ strict: false, logger: false })
  const valid = ajv.compile(JSON.parse(editorSchema()) as object)
  const agent = (spec: object) => ({
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: 'a' },
    spec,
  })
  const model = { provider: 'OpenAI', openAI: { model: 'm' } }

  it('takes our kinds as they should be, and other kinds as they are', () => {
    expect(valid(agent({ instructions: 'a', model }))).toBe(true)
    expect(valid(agent({ instructions: 'a', model, voise: 1 }))).toBe(false)
    expect(valid(agent({ instructions: 'a', model: { provider: 'Nobody' } }))).toBe(false)
    expect(valid({ apiVersion: 'v1', kind: 'ConfigMap', data: {} })).toBe(true)
  })

  it('is free of what only the API server reads', () => {
    expect(editorSchema()).not.toContain('x-kubernetes')
  })
})

it('the reference has every field, links that lead somewhere, and no planned field', () => {
  const page = referencePage()
  for (const field of [
    'spec.model.openAI.voice',
    'spec.tools[].http.timeout',
    'spec.sip.peers[].cidr',
    'spec.snapshot.hash',
  ]) {
    expect(page).toContain(`\`${field}\``)
  }
  for (const [, name = ''] of page.matchAll(/\]\(#([a-z]+)\)/g)) expect(page.toLowerCase()).toContain(`\n## ${name}\n`)
  expect(page).not.toContain('spec.rollout')
})

it('the page of errors shows each by its area', () => {
  const page = renderErrors([
    { code: 'SB_SIP_B', message: 'b %s | c', help: 'Do.' },
    { code: 'SB_API_A', message: 'a', help: 'Do.' },
  ])
  expect(page.indexOf('SB_API_A')).toBeLessThan(page.indexOf('## SIP'))
  expect(page).toContain('| `SB_SIP_B` | b … \\| c | Do. |')
})

it('drift names the file', async () => {
  const root = mkdtempSync(join(tmpdir(), 'generate-'))
  const files = new Map([
    ['a/b.yaml', 'x'],
    ['c.md', 'y'],
    ['d.md', 'z'],
  ])
  for (const [path, text] of [...files].slice(0, 2)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), path === 'c.md' ? `${text} edited` : text)
  }
  expect(await drift(files, root)).toEqual(['c.md', 'd.md'])
  rmSync(root, { recursive: true })
})
