import { describe, expect, it } from 'vitest'
import { checkManifests } from './manifests.ts'
import { isPlannedField, isPlannedValue, plannedFields, plannedValues } from './planned/paths.ts'
import { pathText } from './problem.ts'
import { sipTrunk } from './sip-trunk.ts'
import { voiceAgent } from './voice-agent.ts'
import { memberPaths } from './walk-schema.ts'
import { readYaml } from './yaml-source.ts'

const AGENT = `apiVersion: switchboard.dev/v1alpha1
kind: VoiceAgent
metadata: { name: reception }
spec:
  instructions: Be kind.
  model: { provider: OpenAI, openAI: { model: m }, credentialsRef: { name: openai, key: apiKey } }
`
const check = (text: string) => checkManifests([{ file: 'a.yaml', text }])

describe('manifests', () => {
  it('may hold what is not ours, and nothing', () => {
    const text = `# only a comment\n---\n---\napiVersion: apps/v1\nkind: Deployment\nspec: { typo: 1 }\n---\n${AGENT}`
    const { agents, problems } = check(text)
    expect(problems).toEqual([])
    expect(agents.map(a => a.metadata)).toEqual([{ name: 'reception', namespace: 'default' }])
  })

  it('may lie beside files that are none, unless they are named', () => {
    const script = 'name: first-call\nturns: []\n'
    const codes = (text: string, named: boolean) =>
      checkManifests([{ file: 'a', text, named }]).problems.map(p => p.code)
    expect(codes(script, false)).toEqual([])
    expect(codes('- a\n', false)).toEqual([])
    expect(codes(script, true)).toEqual(['SB_API_NOT_AN_OBJECT'])
    expect(codes('metadata: { name: a }\nspec: {}\n', false)).toEqual(['SB_API_NOT_AN_OBJECT'])
  })

  it('may be JSON', () => {
    expect(check(JSON.stringify(readYaml(AGENT)[0]?.value)).agents.length).toBe(1)
  })

  it('may use anchors and merge keys, as kubectl knows them', () => {
    const { agents, problems } = check(`${AGENT}  limits: &l { mediaLost: 20s }\n`.replace('&l', ''))
    expect(problems).toEqual([])
    expect(agents[0]?.spec.limits.mediaLost).toBe('20s')
    const merged = check(`${AGENT}  silence:\n    prompts: [&p { text: Hi }, { <<: *p, interruptible: false }]\n`)
    expect(merged.problems).toEqual([])
    expect(merged.agents[0]?.spec.silence.prompts[1]).toEqual({ text: 'Hi', interruptible: false, verbatim: false })
  })

  it('that blow up are refused', () => {
    const bomb = ['a: &a0 [x]', ...Array.from({ length: 30 }, (_, i) => `b${i}: &a${i + 1} [*a${i}, *a${i}]`)].join(
      '\n',
    )
    expect(check(bomb).problems.map(p => p.code)).toEqual(['SB_API_YAML_SYNTAX'])
  })

  it('that are wrong are in no list, and no echo of them is heard', () => {
    const trunk = `apiVersion: switchboard.dev/v1alpha1\nkind: SipTrunk\nmetadata: { name: pbx }\nspec: { carrier: Nobody, sip: { peers: [{ cidr: 10.0.0.0/8 }] } }\n`
    const inbound = `  inbound: [{ name: a, trunkRef: { name: pbx }, match: [{ number: "1001" }] }]\n`
    const { trunks, agents, problems } = check(`${trunk}---\n${AGENT}${inbound}`)
    expect([trunks.length, agents.length]).toEqual([0, 1])
    expect(problems.map(p => p.path)).toEqual(['spec.carrier'])
  })

  it('know lines in files with Windows line ends', () => {
    const { problems } = check(`${AGENT}  voise: a\n`.replaceAll('\n', '\r\n'))
    expect(problems.map(p => [p.line, p.column, p.endColumn])).toEqual([[7, 3, 8]])
  })

  it('cannot reach the prototype of anything', () => {
    const { problems } = check(`${AGENT}  __proto__: { a: 1 }\n  variables: { __proto__: x }\n`)
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
    expect(problems.map(p => p.path)).toContain('spec.__proto__')
  })
})

describe('planned fields', () => {
  it('are not in the schemas', () => {
    const known = { VoiceAgent: [...memberPaths(voiceAgent)], SipTrunk: [...memberPaths(sipTrunk)] }
    for (const kind of ['VoiceAgent', 'SipTrunk'] as const) {
      const texts = known[kind].map(path => path.join('.'))
      expect(plannedFields[kind].filter(path => texts.includes(path.replaceAll('[]', '')))).toEqual([])
      const parents = plannedFields[kind]
        .filter(p => !p.includes('**'))
        .map(p => p.split('.').slice(0, -1).join('.').replaceAll('[]', ''))
      expect(parents.filter(parent => !texts.includes(parent))).toEqual([])
      for (const field of Object.keys(plannedValues[kind])) expect(texts).toContain(field.replaceAll('[]', ''))
    }
  })

  it.each([
    ['VoiceAgent', ['spec', 'rollout'], true],
    ['VoiceAgent', ['spec', 'scaling', 'maxPods'], true],
    ['VoiceAgent', ['spec', 'scaling', 'minPods'], false],
    ['VoiceAgent', ['spec', 'scalin'], false],
    ['VoiceAgent', ['spec', 'tools', 3, 'mcp'], true],
    ['VoiceAgent', ['spec', 'silence', 'then', 'then', 'transfer'], true],
    ['VoiceAgent', ['spec', 'limits', 'call', 'then', 'then', 'transfer'], true],
    ['VoiceAgent', ['metadata', 'transfer'], false],
    ['SipTrunk', ['spec', 'scaling'], false],
    ['SipTrunk', ['spec', 'outbound', 'maxPerSecond'], true],
    ['SipTrunk', ['spec', 'sip', 'outbound'], false],
    ['ConfigMap', ['spec', 'scaling'], false],
  ])('%s %j: %s', (kind, path, planned) => {
    expect(isPlannedField(kind, path)).toBe(planned)
  })

  it('values too', () => {
    expect(isPlannedValue('SipTrunk', ['spec', 'sip', 'codecs', 1], 'G722')).toBe(true)
    expect(isPlannedValue('SipTrunk', ['spec', 'sip', 'codecs', 1], 'PCMU')).toBe(false)
  })
})

it('paths are written as people write them', () => {
  expect(pathText(['spec', 'tools', 0, 'http'])).toBe('spec.tools[0].http')
  expect(pathText(['metadata', 'labels', 'a.b/c'])).toBe('metadata.labels["a.b/c"]')
})
