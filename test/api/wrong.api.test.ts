/**
 * The wrong manifests of crds/wrong, applied with kubectl. Wherever one object decides, the server refuses it: in the words of `validate`
 * where the words are ours (rules, forms, lengths of time), else in those of Kubernetes (types, choices, bounds, unknown fields), about the same field.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadManifests } from '#cli/validate-load.ts'
import type { Problem } from '#crds/problem.ts'
import { kubectl, makeNamespace } from './server.ts'

const FOLDER = 'crds/wrong'
const names = readdirSync(FOLDER)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.replace('.yaml', ''))

/**
 * Who finds a problem, in the order in which they look: kubectl reading YAML and asking for the kind, strict decoding, the schema, the rules
 * (which the schema keeps silent when a value has the wrong shape). Later: nobody at apply.
 */
const STAGES = ['kubectl', 'decoding', 'schema', 'rules', 'later'] as const
type Stage = (typeof STAGES)[number]

/** The stage, and words that must all stand in one line of what is said. */
type Finder = (problem: Problem) => readonly [stage: Stage, ...words: string[]]

const NO_SUCH_KIND = 'no matches for kind'
const ruled: Finder = ({ path, message }) => ['rules', `${path === 'metadata.name' ? 'metadata' : path}: `, message]
const shaped: Finder = ({ path }) => ['schema', `${path}: Invalid value`, 'must be of type']
const chosen: Finder = ({ path }) => ['schema', `${path}: Unsupported value`, 'supported values']
const unknown: Finder = ({ path }) => ['decoding', `unknown field "${path}"`]

const FINDERS: Readonly<Record<string, Finder>> = {
  SB_API_YAML_SYNTAX: () => ['kubectl', 'yaml: '],
  SB_API_NOT_AN_OBJECT: () => ['kubectl', 'invalid object'],
  SB_API_UNKNOWN_VERSION: () => ['kubectl', NO_SUCH_KIND],
  SB_API_UNKNOWN_KIND: () => ['kubectl', NO_SUCH_KIND],
  SB_API_PLANNED_KIND: () => ['kubectl', NO_SUCH_KIND],
  SB_API_UNKNOWN_FIELD: unknown,
  SB_API_PLANNED_FIELD: unknown,
  SB_API_REQUIRED: ({ path }) => ['schema', `${path}: Required value`],
  SB_API_WRONG_TYPE: shaped,
  SB_API_UNQUOTED: shaped,
  SB_API_NOT_ALLOWED: chosen,
  SB_API_PLANNED_VALUE: chosen,
  SB_API_OUT_OF_BOUNDS: ({ path }) => ['rules', `${path}: Invalid value`],
  // A variable of context may be one of spec.variables, too: those are two lists.
  SB_API_DUPLICATE_NAME: ({ path }) =>
    path.startsWith('spec.context.') ? ['later'] : ['rules', `${path.replace(/\.\w+$/, '')}: Duplicate value`],
  SB_API_BAD_DURATION: problem => [...ruled(problem), 'Write a number and a unit, such as 500ms, 30s, 5m or 1h30m.'],
  SB_API_BAD_FORMAT: ruled,
  SB_API_RULE: ruled,
  SB_API_NOT_DIALLED: () => ['later'],
  SB_API_VARIABLE_UNDECLARED: () => ['later'],
  // Two objects, or more than the server looks at.
  SB_API_NOTHING_RENDERS: () => ['later'],
  SB_API_VERBATIM_VARIABLE: () => ['later'],
  SB_API_CONFIGMAP_MISSING: () => ['later'],
  SB_API_CONFIGMAP_KEY_MISSING: () => ['later'],
  SB_API_BAD_CLIP: () => ['later'],
  SB_API_SECRET_KEY_MISSING: () => ['later'],
  SB_API_SECRET_MISSING: () => ['later'],
  SB_API_SECRET_UNMARKED: () => ['later'],
  SB_API_CREDENTIAL_MISSING: () => ['later'],
  SB_API_TRUNK_MISSING: () => ['later'],
  SB_API_NUMBER_NOT_GRANTED: () => ['later'],
  SB_API_NUMBER_CLAIMED_TWICE: () => ['later'],
  // The second one is a change of the first, to kubectl.
  SB_API_DUPLICATE_OBJECT: () => ['later'],
  // One object, but CEL cannot bound what it costs to look: a JSON Schema within a schema, and every word of 64 KiB.
  SB_API_BAD_PARAMETERS: () => ['later'],
  SB_API_UNKNOWN_VARIABLE: () => ['later'],
}

/** Manifests in which somebody else is sooner, or knows better. */
const ELSE: Readonly<Record<string, readonly [stage: Stage, ...words: string[]]>> = {
  // Kubernetes takes a null for nothing at all, as it does everywhere.
  'empty-value': ['later'],
  'kind-missing': ['kubectl', 'kind not set'],
  'unquoted-duration': ['schema', 'in body must be of type string: "integer"'],
  'version-missing': ['kubectl', 'apiVersion not set'],
  'required-metadata': ['kubectl', 'resource name may not be empty'],
  // kubectl takes the second of two keys before anybody can object.
  'yaml-duplicate-key': ['later'],
  // Not ours: Kubernetes' own words.
  'unquoted-label': ['kubectl', 'cannot unmarshal number into Go struct field ObjectMeta.metadata.labels'],
  'unquoted-secret': ['decoding', 'cannot unmarshal number into Go struct field Secret.stringData'],
  'list-for-object': ['decoding', 'unknown field "spec.greeting[0].text"'],
  'object-for-list': ['decoding', 'unknown field "spec.tools.http"'],
  'right-forms': ['decoding', 'unknown field "spec.inbound[0].match.number"'],
}

beforeAll(async () => {
  for (const name of ['acme', 'telephony']) await makeNamespace(name)
})

describe('kubectl apply, of a wrong manifest', () => {
  it.each(names)('%s', async name => {
    const file = join(FOLDER, `${name}.yaml`)
    const { problems } = await loadManifests(file)
    const said = await kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', file])
    const lines = said.err.split('\n')
    const found = problems.map(problem => {
      const [stage, ...words] = ELSE[name] ??
        FINDERS[problem.code]?.(problem) ?? ['kubectl', `no finder of ${problem.code}`]
      return { stage, words, object: problem.object }
    })
    for (const { stage, words, object } of found) {
      const sooner = found.some(f => f.object === object && STAGES.indexOf(f.stage) < STAGES.indexOf(stage))
      if (sooner || stage === 'later') continue
      const line = lines.find(text => words.every(word => text.includes(word)))
      expect(line, `"${words.join(' … ')}" is not in:\n${said.err}`).toBeDefined()
    }
    expect({ refused: said.code !== 0, err: said.err }).toEqual({
      refused: found.some(f => f.stage !== 'later'),
      err: said.err,
    })
  })
})
